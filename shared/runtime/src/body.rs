//! Reads the body of an authenticated request.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use std::fmt::{self, Display};

/// 10 MB of data are 14 MB in base64; the rest is room for attributes.
const MAX_LENGTH: usize = 20 << 20;
/// How much of a body that is too long is kept: in base64 it still fits in a
/// message of Pub/Sub's, at most 10 MB.
pub(crate) const KEPT: usize = 7 << 20;

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is longer than any valid event.
    TooLong {
        /// Its first bytes, at most [`KEPT`].
        start: Bytes,
        length: UnreadLength,
    },
    /// The connection ended before the body.
    Truncated(String),
}

/// The length of a body that was not read to its end, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnreadLength {
    /// As declared in `Content-Length`.
    Declared(u64),
    /// Longer than this.
    Over(usize),
}

impl Display for UnreadLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(length) => length.fmt(f),
            Self::Over(length) => write!(f, "over {length}"),
        }
    }
}

/// Reads a body whose `Content-Length` is `declared`.
pub(crate) async fn read<E: Display>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    declared: Option<u64>,
) -> Result<Bytes, BodyError> {
    let declared = declared.filter(|length| *length > MAX_LENGTH as u64);
    let enough = if declared.is_some() {
        KEPT
    } else {
        MAX_LENGTH + 1
    };
    let mut next = async || match body.next().await {
        Some(Ok(piece)) => Ok(Some(piece)),
        Some(Err(fault)) => Err(BodyError::Truncated(fault.to_string())),
        None => Ok(None),
    };
    let first = next().await?.unwrap_or_default();
    // Most bodies come in one piece, which is not copied.
    let Some(second) = next().await? else {
        return Ok(first);
    };
    let mut all = BytesMut::from(first);
    all.extend_from_slice(&second);
    while all.len() < enough {
        match next().await? {
            Some(piece) => all.extend_from_slice(&piece),
            None => return Ok(all.freeze()),
        }
    }
    let length = declared.map_or(UnreadLength::Over(MAX_LENGTH), UnreadLength::Declared);
    all.truncate(KEPT);
    Err(BodyError::TooLong {
        start: all.freeze(),
        length,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    const CHUNK_SIZE: usize = 1 << 20;

    async fn of(pieces: usize, declared: Option<usize>) -> Result<Bytes, BodyError> {
        let piece = || Ok::<_, String>(Bytes::from(vec![b'x'; CHUNK_SIZE]));
        let body = stream::iter((0..pieces).map(|_| piece()));
        read(body, declared.map(|length| length as u64)).await
    }

    #[tokio::test]
    async fn a_body_within_the_limit_is_read_whole_and_a_longer_one_is_cut() {
        for pieces in [0, 1, 2, 20] {
            let length = pieces * CHUNK_SIZE;
            assert_eq!(of(pieces, Some(length)).await.expect("read").len(), length);
            assert_eq!(of(pieces, None).await.expect("read").len(), length);
        }
        let too_long = |length| {
            let start = vec![b'x'; KEPT].into();
            Err(BodyError::TooLong { start, length })
        };
        let declared = UnreadLength::Declared(21 << 20);
        assert_eq!(of(21, Some(21 * CHUNK_SIZE)).await, too_long(declared));
        assert_eq!(of(21, None).await, too_long(UnreadLength::Over(20 << 20)));
    }

    #[tokio::test]
    async fn a_truncated_body_is_an_error() {
        let body = stream::iter([Ok(Bytes::from_static(b"{")), Err("reset")]);
        assert_eq!(
            read(body, Some(9)).await,
            Err(BodyError::Truncated("reset".into()))
        );
    }
}
