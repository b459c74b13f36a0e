//! Contents of objects: pieces in memory or in files, with their checksums. What
//! reads and writes the files is `server::files`; here they are names.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range};

/// A part of a content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Piece {
    /// In memory, and in the journal as base64.
    Inline(#[serde(with = "text")] Bytes),
    /// A range of a file.
    File {
        /// Its name in the folder of contents.
        name: String,
        /// Which bytes of it.
        range: Range<u64>,
    },
}

impl Piece {
    /// Its length in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::File { range, .. } => range.end - range.start,
        }
    }

    fn slice(&self, range: Range<u64>) -> Self {
        match self {
            Self::Inline(bytes) => {
                let index = |at| usize::try_from(at).unwrap_or(usize::MAX);
                Self::Inline(bytes.slice(index(range.start)..index(range.end)))
            }
            Self::File { name, range: all } => Self::File {
                name: name.clone(),
                range: all.start + range.start..all.start + range.end,
            },
        }
    }
}

fn files(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Inline(_) => None,
        Piece::File { name, .. } => Some(name.as_str()),
    })
}

/// The content of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pieces: Vec<Piece>,
    crc32c: u32,
    /// `None` for an object that was composed of others, as on Google.
    md5: Option<[u8; 16]>,
}

impl Content {
    pub(crate) fn size(&self) -> u64 {
        self.pieces.iter().map(Piece::size).sum()
    }

    /// The checksum in Google's form: base64 of four bytes, big-endian.
    pub(crate) fn crc32c(&self) -> String {
        BASE64_STANDARD.encode(self.crc32c.to_be_bytes())
    }

    /// The MD5 in base64.
    pub(crate) fn md5(&self) -> Option<String> {
        self.md5.map(|md5| BASE64_STANDARD.encode(md5))
    }

    /// Names of the files that it is in.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        files(&self.pieces)
    }

    /// One content after the other.
    pub(crate) fn joined<'a>(contents: impl Iterator<Item = &'a Self>) -> Self {
        let mut joined = Self {
            pieces: Vec::new(),
            crc32c: 0,
            md5: None,
        };
        for content in contents {
            let size = usize::try_from(content.size()).unwrap_or(usize::MAX);
            joined.crc32c = crc32c::crc32c_combine(joined.crc32c, content.crc32c, size);
            joined.pieces.extend(content.pieces.iter().cloned());
        }
        joined
    }

    /// The pieces of a range that lies in it.
    pub(crate) fn range(&self, range: Range<u64>) -> Body {
        let mut start = 0;
        let mut pieces = Vec::new();
        for piece in &self.pieces {
            let end = start + piece.size();
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                pieces.push(piece.slice(from - start..to - start));
            }
            start = end;
        }
        Body(pieces)
    }
}

/// The body of a response that is, in part at least, in files: an extension of the
/// response, whose own body is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body(pub(crate) Vec<Piece>);

impl Body {
    /// Its bytes, if all are in memory.
    pub(crate) fn bytes(&self) -> Option<Bytes> {
        let inline = self.0.iter().map(|piece| match piece {
            Piece::Inline(bytes) => Some(bytes),
            Piece::File { .. } => None,
        });
        let inline: Vec<&Bytes> = inline.collect::<Option<_>>()?;
        Some(match inline.as_slice() {
            [one] => Bytes::clone(one),
            several => several
                .iter()
                .fold(BytesMut::new(), |mut all, bytes| {
                    all.extend_from_slice(bytes);
                    all
                })
                .freeze(),
        })
    }
}

/// A content that is being received, and the state of its checksums.
#[derive(Clone, Default)]
pub(crate) struct Receiving {
    pieces: Vec<Piece>,
    size: u64,
    crc32c: u32,
    md5: Md5,
}

impl fmt::Debug for Receiving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiving")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Receiving {
    /// Bytes received.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next bytes into the checksums. Their piece follows.
    pub(crate) fn hash(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.crc32c = crc32c::crc32c_append(self.crc32c, bytes);
        self.md5.update(bytes);
    }

    /// Adds a piece with bytes that were hashed.
    pub(crate) fn add(&mut self, piece: Piece) {
        if piece.size() > 0 {
            self.pieces.push(piece);
        }
    }

    /// Adds bytes in memory.
    pub(crate) fn push(&mut self, bytes: Bytes) {
        self.hash(&bytes);
        self.add(Piece::Inline(bytes));
    }

    pub(crate) fn finish(self) -> Content {
        Content {
            pieces: self.pieces,
            crc32c: self.crc32c,
            md5: Some(self.md5.finalize().into()),
        }
    }

    /// Names of the files that it is in.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        files(&self.pieces)
    }
}

impl From<Bytes> for Receiving {
    fn from(bytes: Bytes) -> Self {
        let mut receiving = Self::default();
        receiving.push(bytes);
        receiving
    }
}

/// A content that arrived before its request is handled: an extension of the
/// request, whose body is then without it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// The content, after what the session of a resumable upload had.
    pub(crate) content: Receiving,
    /// How much of it the session had.
    pub(crate) before: u64,
    /// The content type in a multipart body.
    pub(crate) kind: Option<String>,
}

/// Content in the journal: base64.
mod text {
    use super::{BASE64_STANDARD, Bytes, Engine};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(content: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(content))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(from)?;
        BASE64_STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(bytes: &'static [u8]) -> Content {
        Receiving::from(Bytes::from_static(bytes)).finish()
    }

    #[test]
    fn checksums_are_googles() {
        // As `gcloud storage hash` prints them for "hello".
        let hello = content(b"hello");
        assert_eq!(hello.crc32c(), "mnG7TA==");
        assert_eq!(hello.md5().expect("a hash"), "XUFAKrxLKna5cZ2REBfFkg==");
        let joined = Content::joined([content(b"hel"), content(b""), content(b"lo")].iter());
        assert_eq!((joined.crc32c(), joined.md5()), (hello.crc32c(), None));
        assert_eq!(joined.size(), 5);
    }

    #[test]
    fn a_range_is_cut_out_of_all_pieces() {
        let mut receiving = Receiving::from(Bytes::from_static(b"0123"));
        receiving.hash(b"456789");
        receiving.add(Piece::File {
            name: "f".to_owned(),
            range: 100..106,
        });
        let content = receiving.finish();
        assert_eq!(content.range(0..4).bytes().expect("in memory"), "0123");
        assert_eq!(
            content.range(2..7).0,
            [
                Piece::Inline(Bytes::from_static(b"23")),
                Piece::File {
                    name: "f".to_owned(),
                    range: 100..103
                },
            ]
        );
        assert_eq!(
            content.range(8..10).0,
            [Piece::File {
                name: "f".to_owned(),
                range: 104..106
            },]
        );
        assert_eq!(content.files().collect::<Vec<_>>(), ["f"]);
        assert_eq!(content.range(3..3), Body(Vec::new()));
    }
}
