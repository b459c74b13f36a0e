//! A bounded buffer of output that is not in the bucket yet.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes in the order written. The oldest are dropped when it is full.
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

    /// Appends `new`, and drops the oldest bytes if it does not fit.
    pub(super) fn push(&mut self, new: &[u8]) {
        let Some(last) = new.last() else { return };
        self.line_open = *last != b'\n';
        let over = (self.bytes.len() + new.len()).saturating_sub(self.limit);
        let old = over.min(self.bytes.len());
        self.bytes.advance(old);
        self.bytes.extend_from_slice(&new[over - old..]);
        self.dropped += over;
    }

    /// Appends `text` as a line of its own.
    pub(super) fn push_line(&mut self, text: &str) {
        let before = if self.line_open { "\n" } else { "" };
        self.push(format!("{before}{text}\n").as_bytes());
    }

    /// Removes the oldest `max` bytes. If bytes were dropped before them, the
    /// result starts with a line that says how many.
    pub(super) fn take(&mut self, max: usize) -> Bytes {
        let mut out = BytesMut::new();
        if self.dropped > 0 {
            let line = format!(
                "\ngroundcrew: {} bytes of output dropped here\n",
                self.dropped
            );
            out.extend_from_slice(line.as_bytes());
            self.dropped = 0;
        }
        let count = max.min(self.bytes.len());
        // A copy, so that the buffer can reuse its memory.
        out.extend_from_slice(&self.bytes[..count]);
        self.bytes.advance(count);
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_output_is_dropped_and_counted() {
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
    fn an_added_line_starts_on_a_new_line() {
        for (before, all) in [("", "x\n"), ("a\n", "a\nx\n"), ("a", "a\nx\n")] {
            let mut buffer = Buffer::new(100);
            buffer.push(before.as_bytes());
            buffer.push_line("x");
            assert_eq!(buffer.take(100), all);
        }
    }
}
