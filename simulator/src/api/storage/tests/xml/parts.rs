//! Multipart uploads.

use super::*;

const MIB: usize = 1 << 20;

/// The ID of a new upload of `a`.
fn initiate(x: &mut Proxied) -> String {
    let headers = [("content-type", "text/css"), ("x-goog-meta-k", "v")];
    let begun = x.admin("POST", &format!("{OBJECT}?uploads"), &headers, b"");
    assert!(text(&begun).contains(
        "<InitiateMultipartUploadResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\
         <Bucket>logs</Bucket><Key>a</Key><UploadId>"
    ));
    crate::xml::contents(text(&begun), "UploadId")[0].to_owned()
}

/// Sends a part; returns its ETag.
fn send_part(x: &mut Proxied, id: &str, number: u32, content: &[u8]) -> String {
    let url = format!("{OBJECT}?partNumber={number}&uploadId={id}");
    let sent = x.admin("PUT", &url, &[], content);
    assert_eq!(sent.status().as_u16(), 200, "{}", text(&sent));
    header(&sent, "etag").to_owned()
}

fn complete(x: &mut Proxied, id: &str, parts: &[(u32, &str)]) -> Response<Bytes> {
    let part = |(number, etag): &(u32, &str)| {
        let etag = etag.replace('"', "&quot;");
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    x.admin(
        "POST",
        &format!("{OBJECT}?uploadId={id}"),
        &[],
        body.as_bytes(),
    )
}

#[test]
fn parts_become_one_object_in_their_order() {
    let mut x = Proxied::new();
    let id = initiate(&mut x);
    // The second arrives first, and the first twice.
    let second = send_part(&mut x, &id, 2, b"end");
    send_part(&mut x, &id, 1, b"replaced");
    let large = vec![b'x'; 5 * MIB];
    let first = send_part(&mut x, &id, 1, &large);
    let listed = x.admin(
        "GET",
        &format!("{OBJECT}?uploadId={id}&max-parts=1"),
        &[],
        b"",
    );
    assert!(text(&listed).contains("<IsTruncated>true</IsTruncated><Part><PartNumber>1<"));
    assert!(text(&listed).contains(&format!("<ETag>{first}</ETag><Size>{}</Size>", 5 * MIB)));

    let swapped = complete(&mut x, &id, &[(2, &second), (1, &first)]);
    assert_eq!(refusal(&swapped), refused(400, "InvalidPartOrder"));
    let unknown = complete(&mut x, &id, &[(1, &first), (3, &second)]);
    assert_eq!(refusal(&unknown), refused(400, "InvalidPart"));
    let other = complete(&mut x, &id, &[(1, &second)]);
    assert_eq!(refusal(&other), refused(400, "InvalidPart"));
    assert_eq!(
        refusal(&complete(&mut x, &id, &[])),
        refused(400, "MalformedXML")
    );
    assert_eq!(
        refusal(&x.admin("GET", OBJECT, &[], b"")),
        refused(404, "NoSuchKey")
    );

    let done = complete(&mut x, &id, &[(1, &first), (2, &second)]);
    assert_eq!(done.status().as_u16(), 200, "{}", text(&done));
    let location = format!("<Location>{OBJECT}</Location><Bucket>logs</Bucket><Key>a</Key><ETag>");
    assert!(text(&done).contains(&location), "{}", text(&done));
    let got = x.admin("GET", OBJECT, &[], b"");
    assert_eq!(got.body().len(), 5 * MIB + 3);
    assert!(got.body().ends_with(b"xend"));
    assert_eq!(header(&got, "content-type"), "text/css");
    assert_eq!(header(&got, "x-goog-meta-k"), "v");
    let hash = header(&got, "x-goog-hash");
    assert_eq!(
        header(&done, "x-goog-hash"),
        hash,
        "no MD5, as it is composed"
    );
    let again = complete(&mut x, &id, &[(1, &first), (2, &second)]);
    assert_eq!(refusal(&again), refused(404, "NoSuchUpload"));
}

#[test]
fn a_part_that_is_not_the_last_has_five_mebibytes() {
    let mut x = Proxied::new();
    let id = initiate(&mut x);
    let first = send_part(&mut x, &id, 1, b"small");
    let second = send_part(&mut x, &id, 2, b"end");
    let done = complete(&mut x, &id, &[(1, &first), (2, &second)]);
    assert_eq!(refusal(&done), refused(400, "EntityTooSmall"));
    let done = complete(&mut x, &id, &[(2, &second)]);
    assert_eq!(done.status().as_u16(), 200);
}

#[test]
fn a_part_is_refused_for_what_is_wrong_with_it() {
    let mut x = Proxied::new();
    let id = initiate(&mut x);
    for (number, code) in [("0", "InvalidArgument"), ("10001", "InvalidArgument")] {
        let url = format!("{OBJECT}?partNumber={number}&uploadId={id}");
        assert_eq!(
            refusal(&x.admin("PUT", &url, &[], b"1")),
            refused(400, code)
        );
    }
    let url = format!("{OBJECT}?partNumber=1&uploadId={id}");
    let hash = [("x-goog-hash", "crc32c=AAAA")];
    assert_eq!(
        refusal(&x.admin("PUT", &url, &hash, b"1")),
        refused(400, "CrcMismatch")
    );
    // An upload is of one object.
    let other = format!("https://storage.googleapis.com/logs/b?partNumber=1&uploadId={id}");
    assert_eq!(
        refusal(&x.admin("PUT", &other, &[], b"1")),
        refused(404, "NoSuchUpload")
    );
    assert_eq!(x.cloud.storage.upload_parts.iter().count(), 0);
}

#[test]
fn an_upload_survives_the_journal_and_ends_with_its_parts() {
    let mut x = Proxied::new();
    let (kept, aborted) = (initiate(&mut x), initiate(&mut x));
    let etag = send_part(&mut x, &kept, 1, b"kept");
    send_part(&mut x, &aborted, 1, b"aborted");
    let mut again = crate::api::storage::Storage::new();
    for (from, to) in x.cloud.storage.tables().into_iter().zip(again.tables()) {
        assert_eq!(from.name(), to.name());
        for (key, row) in from.take_changes() {
            to.restore(&key, row).expect("reads back");
        }
    }
    x.cloud.storage = again;
    let abort = x.admin("DELETE", &format!("{OBJECT}?uploadId={aborted}"), &[], b"");
    assert_eq!(abort.status().as_u16(), 204);
    let gone = x.admin("DELETE", &format!("{OBJECT}?uploadId={aborted}"), &[], b"");
    assert_eq!(refusal(&gone), refused(404, "NoSuchUpload"));
    assert_eq!(x.cloud.storage.upload_parts.iter().count(), 1);
    assert_eq!(
        complete(&mut x, &kept, &[(1, &etag)]).status().as_u16(),
        200
    );
    assert_eq!(x.cloud.storage.upload_parts.iter().count(), 0);
    assert_eq!(text(&x.admin("GET", OBJECT, &[], b"")), "kept");

    let open = initiate(&mut x);
    send_part(&mut x, &open, 1, b"open");
    x.admin("DELETE", OBJECT, &[], b"");
    let bucket = "https://storage.googleapis.com/storage/v1/b/logs";
    assert_eq!(x.admin("DELETE", bucket, &[], b"").status().as_u16(), 204);
    assert_eq!(x.cloud.storage.multipart_uploads.iter().count(), 0);
    assert_eq!(x.cloud.storage.upload_parts.iter().count(), 0);
}
