//! Bad files: half of one, another code page, garbage, far too much, out of order, somebody else's.

use std::fs;
use std::process::Command;

use jisr_adapter::{Adapter, CallFault};
use jisr_testkit::wait::until;

use crate::world::{PATIENCE, World, connection, execute_all, fault, transfer, word};

/// One batch through the night, with its result taken away before anybody has seen it.
async fn result(world: &World, number: u64) -> (String, Vec<u8>) {
    let request = connection(number, &(100_000_000 + number).to_string());
    assert_eq!(word(&world.adapter().execute(&request).await.unwrap()), "in progress");
    assert_eq!(world.mainframe.night(&[]), 1);
    world.intercept()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_read_is_left_and_nothing_is_concluded_from_it() {
    let world = World::new();
    let adapter = world.adapter();
    let (stem, good) = result(&world, 1).await;
    let request = connection(1, "100000001");
    let home = world.home(&adapter).await;
    let utf8 = Command::new("iconv").args(["-f", "CP1256", "-t", "UTF-8"]).stdin(as_input(&world, &good)).output();
    let mut unknown = good.clone();
    // The status of the first record: neither accepted nor rejected.
    unknown[302 + 51] = b'?';
    let bad = [
        ("half", good[..good.len() / 2].to_vec()),
        ("without its trailer", good[..good.len() - 302].to_vec()),
        ("another code page", utf8.unwrap().stdout),
        ("garbage", vec![0xfe; 4_096]),
        ("nothing", Vec::new()),
        ("far too much", vec![b' '; 17 << 20]),
        ("a record nobody understands", unknown),
    ];
    for (what, content) in bad {
        world.deliver(&stem, &content);
        // It may hold the answer, so it is not said that there is none: nothing is handed over again because of it.
        let found = adapter.lookup(&request).await;
        assert!(matches!(&found, Err(CallFault::NotDone(fault)) if fault.may_retry()), "{what}: {found:?}");
        assert_eq!(home.said(&request), Vec::<String>::new(), "{what}");
        assert_eq!(world.mainframe.files("out").len(), 2, "{what}");
        assert_eq!(world.mainframe.files("archive").len(), 0, "{what}");
        world.intercept();
    }
    // A bad file keeps no good one waiting.
    world.deliver("A-bad", &good[..100]);
    world.deliver(&stem, &good);
    until("the answer is home", PATIENCE, async || (home.said(&request) == ["succeeded"]).then_some(())).await;
    until("it is archived", PATIENCE, async || (world.mainframe.files("archive").len() == 1).then_some(())).await;
    assert_eq!(word(&adapter.lookup(&request).await.unwrap().unwrap()), "succeeded");
}

fn as_input(world: &World, content: &[u8]) -> fs::File {
    let path = world.folder.path().join("input");
    fs::write(&path, content).unwrap();
    fs::File::open(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_out_of_order_again_and_of_others_change_nothing() {
    let world = World::new();
    let adapter = world.adapter();
    let (first, earlier) = result(&world, 1).await;
    let (second, later) = result(&world, 2).await;
    let home = world.home(&adapter).await;
    for (stem, content) in [(&second, &later), (&first, &earlier), (&second, &later)] {
        world.deliver(stem, content);
        world.taken_in().await;
    }
    // The same batch with another answer, as after a repair by hand: kept beside the first.
    let mut others = later.clone();
    others[302 + 7..302 + 17].copy_from_slice(b"SOMEBODY-S");
    world.deliver(&second, &others);
    world.taken_in().await;
    let request = |number: u64| connection(number, "100000000");
    for (number, times) in [(1, 1), (2, 2)] {
        until("the answers are home", PATIENCE, async || {
            (home.said(&request(number)) == vec!["succeeded"; times]).then_some(())
        })
        .await;
    }
    let archive = world.mainframe.files("archive");
    assert_eq!(archive, [format!("{first}.res"), format!("{second}.res"), format!("{second}~2.res")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_keeps_nobody_else_out_of_the_batch() {
    let world = World::new();
    let mut long = connection(1, "100000001");
    let applicant = long.input.as_mut().unwrap().applicant.as_mut().unwrap();
    let Some(jisr_adapter::proto::v1::party::Kind::Person(person)) = &mut applicant.kind else { unreachable!() };
    person.names[0].full_name = "مريم ".repeat(30);
    let requests = [long, transfer(2, "2010345678"), transfer(3, "2010345699"), connection(4, "000000123")];
    let mut results = execute_all(&world.adapter(), &requests).await;
    assert_eq!(fault(results.remove(0)), "MAPPING_LOSS");
    assert!(results.into_iter().all(|result| word(&result.unwrap()) == "in progress"));
    assert_eq!(world.mainframe.night(&[]), 1);
    let adapter = world.adapter();
    for (request, expected) in requests[1..].iter().zip(["succeeded", "refused R11", "refused R10"]) {
        assert_eq!(word(&adapter.lookup(request).await.unwrap().unwrap()), expected);
    }
    assert_eq!(world.mainframe.carried_out().len(), 1);
}
