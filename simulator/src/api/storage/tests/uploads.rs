//! The forms of upload.

use super::*;

#[test]
fn a_multipart_upload_in_gclouds_own_form() {
    let mut s = storage();
    let kind = [("content-type", "multipart/related; boundary='===1=='")];
    let uri = format!("/upload{O}?uploadType=multipart");
    let send = |s: &mut TestApi, metadata: &str, content: &[u8]| {
        let head = format!(
            "--===1==\nContent-Type: application/json\nMIME-Version: 1.0\n\n{metadata}\n--===1==\nContent-Type: image/png\n\n"
        );
        let body = [head.as_bytes(), content, b"\n--===1==--"].concat();
        let response = s.raw("POST", &uri, &kind, &body);
        let json: Value = serde_json::from_slice(response.body()).expect("JSON");
        (response.status().as_u16(), json)
    };
    let (status, made) = send(
        &mut s,
        r#"{"name":"a/b","metadata":{"k":"v"}}"#,
        b"\0\xff\r\n",
    );
    assert_eq!(status, 200);
    assert_eq!(
        (&made["size"], &made["contentType"], &made["metadata"]["k"]),
        (&json!("4"), &json!("image/png"), &json!("v"))
    );
    let content = s.raw("GET", &format!("/download{O}/a%2Fb"), &[], b"");
    assert_eq!(content.body().as_ref(), b"\0\xff\r\n");

    assert_eq!(
        send(&mut s, r#"{"name":"ok","crc32c":"mnG7TA=="}"#, b"hello").0,
        200
    );
    let (status, error) = send(&mut s, r#"{"name":"c","crc32c":"AAAAAA=="}"#, b"hello");
    assert_eq!(status, 400);
    assert!(
        error["error"]["message"]
            .as_str()
            .expect("text")
            .contains("mnG7TA==")
    );
    assert_eq!(s.ask("GET", &format!("{O}/c"), &json!(null)).0, 404);
    assert_eq!(send(&mut s, "{", b"").0, 400);
    assert_eq!(send(&mut s, "{}", b"").0, 400, "a name is required");
    assert_eq!(s.raw("POST", &uri, &[], b"").status().as_u16(), 400);
    assert_eq!(
        s.raw("POST", &format!("/upload{O}?name=x"), &[], b"")
            .status()
            .as_u16(),
        400
    );
}

#[test]
fn a_resumable_upload_goes_on_where_it_was() {
    let mut s = storage();
    let start = format!("/resumable/upload{O}?uploadType=resumable&ifGenerationMatch=0");
    let begun = s.raw(
        "POST",
        &start,
        &[("x-upload-content-type", "text/css")],
        br#"{"name":"big"}"#,
    );
    assert_eq!(begun.status().as_u16(), 200);
    let uri = header(&begun, "location")["http://localhost:1".len()..].to_owned();
    let mut send = |range: &str, content: &[u8]| {
        let response = s.raw("PUT", &uri, &[("content-range", range)], content);
        (
            response.status().as_u16(),
            header(&response, "range").to_owned(),
            response,
        )
    };
    assert_eq!(send("bytes */*", b"").0, 308);
    assert_eq!(send("bytes */*", b"").1, "", "nothing is there yet");
    let (status, range, _) = send("bytes 0-3/*", b"abcd");
    assert_eq!((status, range.as_str()), (308, "bytes=0-3"));
    let (status, range, _) = send("bytes 2-5/8", b"cdef");
    assert_eq!(
        (status, range.as_str()),
        (308, "bytes=0-5"),
        "what was there is not taken twice"
    );
    assert_eq!(send("bytes 7-7/8", b"h").0, 503, "a gap");
    assert_eq!(send("bytes 6-9/8", b"g").0, 400);
    let (status, _, last) = send("bytes 6-7/8", b"gh");
    assert_eq!(status, 200);
    let again = send("bytes 6-7/8", b"gh").2;
    assert_eq!(last.body(), again.body(), "a repeated last chunk");
    let made: Value = serde_json::from_slice(last.body()).expect("JSON");
    assert_eq!(
        (&made["size"], &made["contentType"]),
        (&json!("8"), &json!("text/css"))
    );
    let content = s.raw("GET", &format!("/download{O}/big"), &[], b"");
    assert_eq!(content.body().as_ref(), b"abcdefgh");
    assert_eq!(
        s.raw("POST", &start, &[], br#"{"name":"big"}"#)
            .status()
            .as_u16(),
        412
    );
    let unknown = format!("/upload{O}?uploadType=resumable&upload_id=none");
    assert_eq!(s.raw("PUT", &unknown, &[], b"").status().as_u16(), 404);
}
