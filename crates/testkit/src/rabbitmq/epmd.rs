//! What a node's epmd is told of other nodes: the port at which it is to reach them. Only so much of the protocol
//! (<https://www.erlang.org/doc/apps/erts/erl_dist_protocol>) as that takes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// An epmd starts in a moment.
const PATIENCE: Duration = Duration::from_secs(30);

/// Registers a node's name with the epmd on that port, which may just be starting, for as long as the answer is kept.
pub(super) fn tell(epmd: u16, node: &str, port: u16) -> TcpStream {
    let name = node.split('@').next().unwrap();
    let start = Instant::now();
    loop {
        match register(epmd, name, port) {
            Ok(stream) => return stream,
            Err(error) => assert!(start.elapsed() < PATIENCE, "epmd does not take {name}: {error}"),
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

fn register(epmd: u16, name: &str, port: u16) -> std::io::Result<TcpStream> {
    // ALIVE2_REQ: a visible node (77) on TCP (0) that speaks versions 5 to 6 of the distribution.
    let mut request = vec![120];
    request.extend(port.to_be_bytes());
    request.extend([77, 0, 0, 6, 0, 5]);
    request.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
    request.extend(name.as_bytes());
    request.extend([0, 0]);
    let mut stream = TcpStream::connect(("127.0.0.1", epmd))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(&u16::try_from(request.len()).unwrap().to_be_bytes())?;
    stream.write_all(&request)?;
    // ALIVE2_X_RESP, and no error.
    let mut answer = [0; 2];
    stream.read_exact(&mut answer)?;
    if answer == [118, 0] { Ok(stream) } else { Err(std::io::Error::other(format!("it answers {answer:?}"))) }
}
