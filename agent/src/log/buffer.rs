//! Output that is not in the bucket yet, bounded.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes in the order written; the oldest go when there is no room.
pub(super) struct Buffer {
    bytes: BytesMut,
    limit: usize,
    dropped: usize,
    line_open: bool,
}

impl Buffer {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: BytesMut::new(),
            limit,
            dropped: 0,
            line_open: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether `more` bytes fit without dropping any.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.bytes.len() + more <= self.limit
    }

    /// Adds `new`, and drops the oldest bytes that it leaves no room for.
    pub(super) fn push(&mut self, new: &[u8]) {
        let Some(last) = new.last() else { return };
        self.line_open = *last != b'\n';
        let over = (self.bytes.len() + new.len()).saturating_sub(self.limit);
        let old = over.min(self.bytes.len());
        self.bytes.advance(old);
        self.bytes.extend_from_slice(&new[over - old..]);
        self.dropped += over;
    }

    /// Adds `text` as a line of its own.
    pub(super) fn push_line(&mut self, text: &str) {
        let before = if self.line_open { "\n" } else { "" };
        self.push(format!("{before}{text}\n").as_bytes());
    }

    /// Takes the oldest `most` bytes, behind a line that says what was dropped.
    pub(super) fn take(&mut self, most: usize) -> Bytes {
        let mut out = BytesMut::new();
        if self.dropped > 0 {
            let line = format!(
                "\ngroundcrew: {} bytes of output dropped here\n",
                self.dropped
            );
            out.extend_from_slice(line.as_bytes());
            self.dropped = 0;
        }
        let count = most.min(self.bytes.len());
        // A copy, so that the buffer's memory is its own to use again.
        out.extend_from_slice(&self.bytes[..count]);
        self.bytes.advance(count);
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_pushes_out_the_oldest_and_says_so() {
        let mut buffer = Buffer::new(4);
        buffer.push(b"abc");
        assert!(buffer.has_room(1) && !buffer.has_room(2));
        buffer.push(b"def");
        assert_eq!(buffer.len(), 4);
        let line = "\ngroundcrew: 2 bytes of output dropped here\n";
        assert_eq!(buffer.take(3), format!("{line}cde"));
        assert_eq!(buffer.take(9), "f");
        buffer.push(b"0123456789");
        let line = "\ngroundcrew: 6 bytes of output dropped here\n";
        assert_eq!(buffer.take(9), format!("{line}6789"));
        assert_eq!(buffer.take(9), "");
    }

    #[test]
    fn a_line_of_ours_starts_on_a_line_of_its_own() {
        for (before, all) in [("", "x\n"), ("a\n", "a\nx\n"), ("a", "a\nx\n")] {
            let mut buffer = Buffer::new(100);
            buffer.push(before.as_bytes());
            buffer.push_line("x");
            assert_eq!(buffer.take(100), all);
        }
    }
}
