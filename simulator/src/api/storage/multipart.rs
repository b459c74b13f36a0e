//! `multipart/related`: metadata and content in one body.

use crate::ApiError;
use bytes::Bytes;

/// A part of a multipart body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its `Content-Type`, if any.
    pub(super) kind: Option<String>,
    pub(super) content: Bytes,
}

/// The `boundary` parameter of a content type. gcloud puts it in single quotes.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (key.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then_some(value)
    })
}

/// The parts of a body. All lines end like the first one, in CRLF or (gcloud)
/// LF. Content may be anything but a line that begins with the delimiter.
///
/// # Errors
/// 400 if the first or last delimiter is missing, or headers have no end.
pub(super) fn parts(body: &Bytes, boundary: &str) -> Result<Vec<Part>, ApiError> {
    let malformed = |what: &str| ApiError::invalid(format!("Malformed multipart body: {what}."));
    let delimiter = format!("--{boundary}");
    let first = if body.starts_with(delimiter.as_bytes()) {
        0
    } else {
        let at = find(body, format!("\n{delimiter}").as_bytes());
        at.ok_or_else(|| malformed("the boundary does not appear"))? + 1
    };
    let mut rest = body.slice(first + delimiter.len()..);
    let newline = if rest.starts_with(b"\n") {
        "\n"
    } else {
        "\r\n"
    };
    let (next, blank) = (
        format!("{newline}{delimiter}"),
        format!("{newline}{newline}"),
    );
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let end = find(&rest, next.as_bytes()).ok_or_else(|| malformed("no closing boundary"))?;
        let part = rest.slice(..end);
        let headers = find(&part, blank.as_bytes());
        let headers = headers.ok_or_else(|| malformed("a part without an end of its headers"))?;
        let lines = String::from_utf8_lossy(&part[..headers]).into_owned();
        let kind = lines.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            let is_kind = key.trim().eq_ignore_ascii_case("content-type");
            is_kind.then(|| value.trim().to_owned())
        });
        let content = part.slice(headers + blank.len()..);
        parts.push(Part { kind, content });
        rest = rest.slice(end + next.len()..);
    }
    Ok(parts)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> Vec<(Option<String>, Vec<u8>)> {
        parts(&Bytes::copy_from_slice(body), "==B==")
            .expect("a good body")
            .into_iter()
            .map(|part| (part.kind, part.content.to_vec()))
            .collect()
    }

    #[test]
    fn lines_end_in_crlf_or_in_lf() {
        let expected = vec![
            (Some("application/json".to_owned()), b"{}".to_vec()),
            (Some("text/plain".to_owned()), b"one\r\ntwo\n\r".to_vec()),
        ];
        let crlf = b"--==B==\r\nContent-Type: application/json\r\n\r\n{}\r\n--==B==\r\n\
            content-type:text/plain\r\nMIME-Version: 1.0\r\n\r\none\r\ntwo\n\r\r\n--==B==--\r\n";
        assert_eq!(read(crlf), expected);
        let lf = b"--==B==\nContent-Type: application/json\nMIME-Version: 1.0\n\n{}\n--==B==\n\
            Content-Type: text/plain\n\none\r\ntwo\n\r\n--==B==--";
        assert_eq!(
            read(lf),
            expected,
            "a CR before an LF belongs to the content"
        );
    }

    #[test]
    fn content_is_any_bytes() {
        let mut body = b"--==B==\r\n\r\n\r\n--==B==\r\nContent-Type: image/png\r\n\r\n".to_vec();
        let content: Vec<u8> = (0..=255).chain(*b"\r\n\r\n--==B=\r\n--x--==B==").collect();
        body.extend(&content);
        body.extend(b"\r\n--==B==--");
        let parts = read(&body);
        assert_eq!(parts[0], (None, Vec::new()));
        assert_eq!(parts[1].1, content);
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
        ] {
            let got = parts(&Bytes::copy_from_slice(body), "==B==");
            assert_eq!(got.expect_err("malformed").status, 400);
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
