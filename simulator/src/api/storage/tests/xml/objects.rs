//! Objects and lists of them.

use super::*;

#[test]
fn an_object_is_put_read_in_part_and_deleted() {
    let mut x = Proxied::new();
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("x-goog-meta-team", "data"),
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-goog-if-generation-match", "0"),
    ];
    let put = x.admin("PUT", OBJECT, &headers, b"hello");
    assert_eq!((put.status().as_u16(), text(&put)), (200, ""));
    let md5 = "\"5d41402abc4b2a76b9719d911017c592\"";
    assert_eq!(header(&put, "etag"), md5);
    assert_eq!(
        header(&put, "x-goog-hash"),
        "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg=="
    );
    let again = x.admin("PUT", OBJECT, &headers, b"hello");
    assert_eq!(refusal(&again), refused(412, "PreconditionFailed"));

    // The name of the bucket can be in that of the host.
    let hosted = "https://logs.storage.googleapis.com/a";
    for url in [OBJECT, hosted] {
        let got = x.admin("GET", url, &[], b"");
        assert_eq!((got.status().as_u16(), text(&got)), (200, "hello"));
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-goog-meta-team", "data"),
            ("etag", md5),
            ("last-modified", "Fri, 15 Jan 2027 08:00:00 GMT"),
            ("x-goog-generation", header(&put, "x-goog-generation")),
        ] {
            assert_eq!(header(&got, name), value, "{name}");
        }
    }
    let part = x.admin("GET", OBJECT, &[("range", "bytes=1-3")], b"");
    assert_eq!((part.status().as_u16(), text(&part)), (206, "ell"));
    let beyond = x.admin("GET", OBJECT, &[("range", "bytes=9-")], b"");
    assert_eq!(refusal(&beyond), refused(416, "InvalidRange"));
    let named = format!("{OBJECT}?response-content-disposition=attachment");
    let named = x.admin("GET", &named, &[], b"");
    assert_eq!(header(&named, "content-disposition"), "attachment");
    let head = x.admin("HEAD", OBJECT, &[], b"");
    assert_eq!((header(&head, "content-length"), text(&head)), ("5", ""));

    let generation = header(&put, "x-goog-generation");
    let condition = [("x-goog-if-generation-match", "1")];
    let delete = x.admin("DELETE", OBJECT, &condition, b"");
    assert_eq!(refusal(&delete), refused(412, "PreconditionFailed"));
    let delete = format!("{OBJECT}?generation={generation}");
    assert_eq!(x.admin("DELETE", &delete, &[], b"").status().as_u16(), 204);
    let gone = x.admin("GET", OBJECT, &[], b"");
    assert_eq!(refusal(&gone), refused(404, "NoSuchKey"));
}

#[test]
fn a_name_may_have_slashes_and_colons() {
    let mut x = Proxied::new();
    let url = format!("{OBJECT}//b:c/%C3%A4%20d");
    assert_eq!(x.admin("PUT", &url, &[], b"1").status().as_u16(), 200);
    let uri = "https://storage.googleapis.com/storage/v1/b/logs/o/a%2F%2Fb%3Ac%2F%C3%A4%20d";
    let object: Value = serde_json::from_slice(x.admin("GET", uri, &[], b"").body()).expect("JSON");
    assert_eq!(object["name"], "a//b:c/ä d");
}

#[test]
fn a_size_out_of_its_range_is_refused() {
    let mut x = Proxied::new();
    for (range, code) in [
        ("0,4", "EntityTooLarge"),
        ("6,9", "EntityTooSmall"),
        ("5", "InvalidArgument"),
    ] {
        let range = [("x-goog-content-length-range", range)];
        let put = x.admin("PUT", OBJECT, &range, b"hello");
        assert_eq!(refusal(&put), refused(400, code));
    }
    let gone = x.admin("GET", OBJECT, &[], b"");
    assert_eq!(refusal(&gone), refused(404, "NoSuchKey"));
    let range = [("x-goog-content-length-range", "5,5")];
    let put = x.admin("PUT", OBJECT, &range, b"hello");
    assert_eq!(put.status().as_u16(), 200);
}

#[test]
fn errors_are_xml() {
    let mut x = Proxied::new();
    assert_eq!(x.admin("PUT", OBJECT, &[], b"1").status().as_u16(), 200);
    let anonymous = x.send("GET", OBJECT, &[], b"");
    assert_eq!(refusal(&anonymous), refused(403, "AccessDenied"));
    assert_eq!(
        text(&anonymous),
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access \
         denied.</Message><Details>Anonymous caller does not have storage.objects.get access to \
         the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or \
         it may not exist).</Details></Error>"
    );
    let wrong = [("authorization", "Bearer ya29.sim-no")];
    let wrong = x.send("GET", OBJECT, &wrong, b"");
    assert_eq!(refusal(&wrong), refused(401, "AuthenticationRequired"));
    let missing = x.admin(
        "GET",
        "https://storage.googleapis.com/no-such-one/a",
        &[],
        b"",
    );
    assert_eq!(refusal(&missing), refused(404, "NoSuchBucket"));
    let md5 = [("content-md5", "AAAA")];
    assert_eq!(
        refusal(&x.admin("PUT", OBJECT, &md5, b"1")),
        refused(400, "BadDigest")
    );
    let crc32c = [("x-goog-hash", "crc32c=AAAA")];
    assert_eq!(
        refusal(&x.admin("PUT", OBJECT, &crc32c, b"1")),
        refused(400, "CrcMismatch")
    );
    let acl = x.admin("GET", &format!("{OBJECT}?acl"), &[], b"");
    assert_eq!(refusal(&acl), refused(501, "NotImplemented"));

    let json = "https://storage.googleapis.com/storage/v1/b/logs";
    let kind = [("content-type", "application/json")];
    let hold = br#"{"temporaryHold":true}"#;
    let held = x.admin("PATCH", &format!("{json}/o/a"), &kind, hold);
    assert_eq!(held.status().as_u16(), 200);
    let delete = x.admin("DELETE", OBJECT, &[], b"");
    assert_eq!(refusal(&delete), refused(403, "ObjectUnderActiveHold"));
    x.admin(
        "PATCH",
        &format!("{json}/o/a"),
        &kind,
        br#"{"temporaryHold":false}"#,
    );
    let policy = br#"{"retentionPolicy":{"retentionPeriod":"60"}}"#;
    x.admin("PATCH", json, &kind, policy);
    let put = x.admin("PUT", OBJECT, &[], b"2");
    assert_eq!(refusal(&put), refused(403, "RetentionPolicyNotMet"));
    // What is JSON remains so, as does what does not exist.
    let unknown = x.admin("POST", &format!("{json}/unknown"), &kind, b"");
    assert_eq!(unknown.status().as_u16(), 501);
    assert_eq!(text(&unknown).as_bytes()[0], b'{');
}

#[test]
fn permissions_are_those_of_the_json_api() {
    let mut x = Proxied::new();
    x.admin("PUT", OBJECT, &[], b"1");
    let bob = Principal::user("bob@example.com");
    let bearer = format!("Bearer {}", x.cloud.mint(&bob, x.now));
    let headers = [("authorization", bearer.as_str())];
    let bucket = "https://storage.googleapis.com/logs";
    let uploads = format!("{bucket}/b?uploads");
    let allowed = |x: &mut Proxied| {
        [
            ("GET", OBJECT),
            ("HEAD", OBJECT),
            ("GET", bucket),
            ("HEAD", bucket),
            ("PUT", "https://storage.googleapis.com/logs/new"),
            ("PUT", OBJECT),
            ("POST", uploads.as_str()),
            ("DELETE", OBJECT),
        ]
        .map(|(verb, url)| x.send(verb, url, &headers, b"").status().as_u16() < 300)
    };
    assert_eq!(allowed(&mut x), [false; 8]);
    grant(&mut x.cloud, "roles/storage.objectViewer", bob.as_str());
    let reads = [true, true, true, false, false, false, false, false];
    assert_eq!(allowed(&mut x), reads);
    grant(&mut x.cloud, "roles/storage.objectCreator", bob.as_str());
    let creates = [true, true, true, false, true, false, true, false];
    assert_eq!(allowed(&mut x), creates);
    grant(&mut x.cloud, "roles/storage.admin", bob.as_str());
    assert_eq!(allowed(&mut x), [true; 8]);
}

/// The contents of the elements with this name.
fn elements(response: &Response<Bytes>, name: &str) -> Vec<String> {
    let found = crate::xml::contents(text(response), name);
    found.into_iter().map(crate::xml::unescape).collect()
}

#[test]
fn lists_go_on_by_marker_and_by_token() {
    let mut x = Proxied::new();
    let bucket = "https://storage.googleapis.com/logs";
    for name in ["a", "b&c", "d/1", "d/2", "e"] {
        x.admin("PUT", &format!("{bucket}/{name}"), &[], b"12");
    }
    let all = x.admin("GET", &format!("{bucket}/"), &[], b"");
    assert_eq!(elements(&all, "Key"), ["a", "b&c", "d/1", "d/2", "e"]);
    assert_eq!(elements(&all, "IsTruncated"), ["false"]);
    assert_eq!(elements(&all, "Size")[0], "2");
    let hosted = x.admin(
        "GET",
        "https://logs.storage.googleapis.com/?prefix=d/",
        &[],
        b"",
    );
    assert_eq!(elements(&hosted, "Key"), ["d/1", "d/2"]);

    for (kind, next, parameter) in [
        ("", "NextMarker", "marker"),
        (
            "list-type=2&",
            "NextContinuationToken",
            "continuation-token",
        ),
    ] {
        let mut seen = Vec::new();
        let mut more = String::new();
        loop {
            let url = format!("{bucket}?{kind}delimiter=/&max-keys=1{more}");
            let page = x.admin("GET", &url, &[], b"");
            seen.extend(elements(&page, "Key"));
            let prefixes = elements(&page, "CommonPrefixes");
            seen.extend(
                prefixes
                    .into_iter()
                    .map(|prefix| prefix.replace("Prefix", "")),
            );
            match elements(&page, next).first() {
                Some(token) => {
                    assert_eq!(elements(&page, "IsTruncated"), ["true"]);
                    more = format!("&{parameter}={}", token.replace('&', "%26"));
                }
                None => break,
            }
        }
        assert_eq!(seen, ["a", "b&c", "<>d/</>", "e"], "{parameter}");
    }
    let v2 = format!("{bucket}?list-type=2&start-after=d/1&encoding-type=url");
    let v2 = x.admin("GET", &v2, &[], b"");
    assert_eq!(elements(&v2, "Key"), ["d%2F2", "e"]);
    assert_eq!(elements(&v2, "KeyCount"), ["2"]);
}
