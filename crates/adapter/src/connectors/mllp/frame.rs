//! MLLP's frame: 0x0B, the message, 0x1C 0x0D (HL7 v2.5.1, appendix C). Pure: bytes in as they come, messages out.

/// Begins a frame.
const START: u8 = 0x0b;
/// Ends it, together with [`CARRIAGE_RETURN`].
const END: u8 = 0x1c;
const CARRIAGE_RETURN: u8 = 0x0d;
/// Bytes tolerated between frames: some systems send a line end more. More is no MLLP.
const STRAY: usize = 1024;

/// What came is no frame. Whatever follows on the connection cannot be trusted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The frame is larger than the limit, in bytes.
    #[error("a frame is larger than {0} bytes")]
    Oversized(usize),
    /// Too much outside any frame.
    #[error("more than {STRAY} bytes outside any frame")]
    Stray,
    /// A frame begins within another: the first one was cut.
    #[error("a frame begins before the one before it has ended")]
    Restarted,
    /// The end block is not followed by a carriage return.
    #[error("an end block without its carriage return")]
    BadEnd,
}

/// Puts a message into its frame. The message holds neither start nor end block: a [`super::Writer`] escapes them.
#[must_use]
pub fn wrap(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 3);
    frame.push(START);
    frame.extend_from_slice(message);
    frame.extend_from_slice(&[END, CARRIAGE_RETURN]);
    frame
}

/// Finds frames in a stream of bytes, however it is cut.
#[derive(Clone, Debug)]
pub struct Framer {
    limit: usize,
    /// Without what is known to lie outside a frame; begins behind the start block when `inside`.
    pending: Vec<u8>,
    /// So much of it holds no end.
    scanned: usize,
    stray: usize,
    inside: bool,
}

impl Framer {
    /// For messages of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, pending: Vec::new(), scanned: 0, stray: 0, inside: false }
    }

    /// Takes in what was read. Take out every frame before the next: only that bounds the memory.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole message, if there is one.
    ///
    /// # Errors
    /// [`FrameError`]: the connection is of no more use.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        if !self.inside {
            let begin = self.pending.iter().position(|byte| *byte == START);
            let outside = begin.unwrap_or(self.pending.len());
            self.stray += outside;
            if self.stray > STRAY {
                return Err(FrameError::Stray);
            }
            self.pending.drain(..begin.map_or(outside, |begin| begin + 1));
            self.inside = begin.is_some();
            self.scanned = 0;
        }
        if !self.inside {
            return Ok(None);
        }
        let mark = self.pending[self.scanned..].iter().position(|byte| matches!(*byte, START | END));
        let end = mark.map_or(self.pending.len(), |mark| self.scanned + mark);
        if end > self.limit {
            return Err(FrameError::Oversized(self.limit));
        }
        self.scanned = end;
        match (self.pending.get(end), self.pending.get(end + 1)) {
            (Some(&START), _) => Err(FrameError::Restarted),
            (Some(_), Some(&CARRIAGE_RETURN)) => {
                let rest = self.pending.split_off(end + 2);
                let mut message = std::mem::replace(&mut self.pending, rest);
                message.truncate(end);
                self.inside = false;
                self.stray = 0;
                Ok(Some(message))
            }
            (Some(_), Some(_)) => Err(FrameError::BadEnd),
            // Nothing yet that would end it, or the carriage return is still on its way.
            _ => Ok(None),
        }
    }

    /// Part of a frame has come.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.inside
    }

    /// Nothing has come that was not taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && !self.inside
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Everything that comes out when `bytes` come in pieces of `piece`.
    fn frames(bytes: &[u8], piece: usize, limit: usize) -> (Vec<Vec<u8>>, Option<FrameError>) {
        let (mut framer, mut out) = (Framer::new(limit), Vec::new());
        for piece in bytes.chunks(piece) {
            framer.push(piece);
            loop {
                match framer.take() {
                    Ok(Some(message)) => out.push(message),
                    Ok(None) => break,
                    Err(error) => return (out, Some(error)),
                }
            }
        }
        (out, None)
    }

    #[test]
    fn every_way_to_cut_a_stream() {
        let two = [wrap("رسالة".as_bytes()), wrap(b"MSH|")].concat();
        let both = vec!["رسالة".as_bytes().to_vec(), b"MSH|".to_vec()];
        let stray = [b"\r\n".as_slice(), &two].concat();
        let between = [&wrap("رسالة".as_bytes())[..], b"\r\n", &wrap(b"MSH|")].concat();
        for bytes in [&two, &stray, &between] {
            for piece in 1..=bytes.len() {
                assert_eq!(frames(bytes, piece, 64), (both.clone(), None), "{piece}");
            }
        }
        // Half a frame is none, wherever it ends.
        let one = wrap(b"MSH|");
        for end in 0..one.len() {
            assert_eq!(frames(&one[..end], 1, 64), (vec![], None));
        }
    }

    #[test]
    fn what_is_no_frame_is_named() {
        let cases: [(&[u8], FrameError); 5] = [
            (b"\x0bMSH|\x1cMSH|", FrameError::BadEnd),
            (b"\x0bMSH|\x0bMSH|\x1c\r", FrameError::Restarted),
            (b"\x0bMSH|0123456789\x1c\r", FrameError::Oversized(8)),
            (b"\x0bMSH|01234567890123456789", FrameError::Oversized(8)),
            (&[b' '; STRAY + 1], FrameError::Stray),
        ];
        for (bytes, error) in cases {
            for piece in [1, 3, bytes.len()] {
                assert_eq!(frames(bytes, piece, 8), (vec![], Some(error)), "{piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_says_different_things(bytes in proptest::collection::vec(
            prop_oneof![Just(START), Just(END), Just(CARRIAGE_RETURN), any::<u8>()], 0..200), piece in 1_usize..20)
        {
            let (one, other) = (frames(&bytes, piece, 40), frames(&bytes, 1, 40));
            prop_assert_eq!(one.0, other.0);
            prop_assert_eq!(one.1.is_some(), other.1.is_some());
        }

        #[test]
        fn whatever_is_wrapped_comes_out(messages in proptest::collection::vec("[^\x0b\x1c]{0,40}", 0..5), piece in 1_usize..50) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| wrap(message.as_bytes())).collect();
            let expected: Vec<_> = messages.into_iter().map(String::into_bytes).collect();
            prop_assert_eq!(frames(&stream, piece, 1000), (expected, None));
        }
    }
}
