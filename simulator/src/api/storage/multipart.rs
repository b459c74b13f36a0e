//! `multipart/related`: metadata and content in one body, of any size.

use crate::ApiError;
use bytes::{Bytes, BytesMut};
use memchr::memmem;

/// The most bytes before the content: delimiters, headers and metadata.
const HEAD_LIMIT: usize = 1 << 20;

/// The `boundary` parameter of a content type. gcloud puts it in single quotes.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (key.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then_some(value)
    })
}

/// What precedes the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The first part.
    pub(crate) metadata: Bytes,
    /// The `Content-Type` of the second, if any.
    pub(crate) kind: Option<String>,
}

/// Takes a body apart as it arrives. All lines end like the first one, in CRLF or
/// (gcloud) LF. Content may be anything but a line that begins with the delimiter.
#[derive(Debug)]
pub(crate) struct Multipart {
    boundary: String,
    /// What was not taken apart yet.
    buffer: BytesMut,
    /// With what ends the content.
    head: Option<(Head, Vec<u8>)>,
    ended: bool,
}

impl Multipart {
    pub(crate) fn new(boundary: &str) -> Self {
        Self {
            boundary: boundary.to_owned(),
            buffer: BytesMut::new(),
            head: None,
            ended: false,
        }
    }

    /// Takes the next bytes of the body; returns what they add to the content.
    ///
    /// # Errors
    /// 400 if the head is not complete within its limit.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Bytes, ApiError> {
        if self.ended {
            return Ok(Bytes::new());
        }
        self.buffer.extend_from_slice(bytes);
        if self.head.is_none() {
            match head(&self.buffer, &self.boundary) {
                Some((head, content, end)) => {
                    let _ = self.buffer.split_to(content);
                    self.head = Some((head, end));
                }
                None if self.buffer.len() > HEAD_LIMIT => {
                    return Err(malformed("no content within 1 MiB"));
                }
                None => return Ok(Bytes::new()),
            }
        }
        let Some((_, end)) = &self.head else {
            return Ok(Bytes::new());
        };
        if let Some(at) = memmem::find(&self.buffer, end) {
            self.ended = true;
            return Ok(self.buffer.split_to(at).freeze());
        }
        // The end may have begun.
        let safe = self.buffer.len().saturating_sub(end.len() - 1);
        Ok(self.buffer.split_to(safe).freeze())
    }

    /// The head, once the whole body was taken.
    ///
    /// # Errors
    /// 400 if the content has no beginning or no end.
    pub(crate) fn finish(self) -> Result<Head, ApiError> {
        match self.head {
            None => Err(malformed("two parts are needed, metadata and content")),
            Some(_) if !self.ended => Err(malformed("no closing boundary")),
            Some((head, _)) => Ok(head),
        }
    }
}

fn malformed(what: &str) -> ApiError {
    ApiError::invalid(format!("Malformed multipart body: {what}."))
}

/// The head, where the content begins, and what ends it; `None` if the head is not
/// complete.
fn head(body: &[u8], boundary: &str) -> Option<(Head, usize, Vec<u8>)> {
    let delimiter = format!("--{boundary}");
    let first = match body.starts_with(delimiter.as_bytes()) {
        true => 0,
        false => memmem::find(body, format!("\n{delimiter}").as_bytes())? + 1,
    };
    let mut at = first + delimiter.len();
    let newline = match body.get(at)? {
        b'\n' => "\n",
        _ => "\r\n",
    };
    let next = format!("{newline}{delimiter}").into_bytes();
    let blank = format!("{newline}{newline}").into_bytes();
    let end = at + memmem::find(&body[at..], &next)?;
    let headers = at + memmem::find(&body[at..end], &blank)?;
    let metadata = Bytes::copy_from_slice(&body[headers + blank.len()..end]);
    at = end + next.len();
    let headers = at + memmem::find(&body[at..], &blank)?;
    let lines = String::from_utf8_lossy(&body[at..headers]);
    let kind = lines.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let is_kind = key.trim().eq_ignore_ascii_case("content-type");
        is_kind.then(|| value.trim().to_owned())
    });
    // An empty content has one line end for the headers and one for itself.
    Some((Head { metadata, kind }, headers + blank.len(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Head and content of a body that arrives in chunks.
    fn read(body: &[u8], chunk: usize) -> Result<(Head, Vec<u8>), ApiError> {
        let mut multipart = Multipart::new("==B==");
        let mut content = Vec::new();
        for bytes in body.chunks(chunk) {
            content.extend(multipart.push(bytes)?);
        }
        Ok((multipart.finish()?, content))
    }

    fn head(kind: &str) -> Head {
        Head {
            metadata: Bytes::from_static(b"{}"),
            kind: Some(kind.to_owned()),
        }
    }

    #[test]
    fn lines_end_in_crlf_or_in_lf() {
        let crlf = b"--==B==\r\nContent-Type: application/json\r\n\r\n{}\r\n--==B==\r\n\
            content-type:text/plain\r\nMIME-Version: 1.0\r\n\r\none\r\ntwo\n\r\r\n--==B==--\r\n";
        let lf = b"--==B==\nContent-Type: application/json\nMIME-Version: 1.0\n\n{}\n--==B==\n\
            Content-Type: text/plain\n\none\r\ntwo\n\r\n--==B==--";
        for chunk in 1..crlf.len() + 1 {
            let expected = (head("text/plain"), b"one\r\ntwo\n\r".to_vec());
            assert_eq!(
                read(crlf, chunk),
                Ok(expected.clone()),
                "in chunks of {chunk}"
            );
            // A CR before an LF belongs to the content.
            assert_eq!(read(lf, chunk), Ok(expected), "in chunks of {chunk}");
        }
    }

    #[test]
    fn content_is_any_bytes() {
        let start = b"--==B==\r\nx: y\r\n\r\n{}\r\n--==B==\r\nContent-Type: image/png\r\n\r\n";
        let content: Vec<u8> = (0..=255).chain(*b"\r\n\r\n--==B=\r\n--x--==B==").collect();
        for content in [content, Vec::new()] {
            let body = [start, content.as_slice(), b"\r\n--==B==--"].concat();
            for chunk in 1..body.len() {
                let read = read(&body, chunk);
                assert_eq!(read, Ok((head("image/png"), content.clone())));
            }
        }
    }

    #[test]
    fn a_bad_body_is_refused() {
        for body in [
            &b""[..],
            b"no boundary",
            b"--==B==",
            b"--==B==\r\n",
            b"--==B==\n\nopen",
            b"--==B==\r\nno end of headers\r\n--==B==--",
            b"--==B==\r\n\r\n{}\r\n--==B==--",
            b"--==B==\r\nx: y\r\n\r\n{}\r\n--==B==\r\nx: y\r\n\r\nno end",
            &[b'x'; HEAD_LIMIT + 1],
        ] {
            assert_eq!(read(body, 4096).expect_err("malformed").status, 400);
        }
    }

    #[test]
    fn the_boundary_may_be_quoted_either_way() {
        assert_eq!(boundary("multipart/related; boundary=abc"), Some("abc"));
        assert_eq!(
            boundary("multipart/related; boundary='==a=='"),
            Some("==a==")
        );
        assert_eq!(
            boundary("multipart/related; x=y; Boundary=\"a b\""),
            Some("a b")
        );
        assert_eq!(boundary("multipart/related"), None);
        assert_eq!(boundary("multipart/related; boundary="), None);
    }
}
