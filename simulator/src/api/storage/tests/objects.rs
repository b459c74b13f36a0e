//! Objects and their versions.

use super::*;

#[test]
fn an_object_is_written_and_read() {
    let mut s = storage();
    let (status, made) = put(&mut s, "a%2Fb%20c.txt", b"hello", "");
    assert_eq!(status, 200);
    assert_eq!(made["name"], "a/b c.txt");
    assert_eq!(made["size"], "5");
    assert_eq!(made["contentType"], "text/plain");
    assert_eq!(made["crc32c"], "mnG7TA==", "the known CRC32C of hello");
    assert_eq!(made["generation"], "1800000000000000");
    let link = made["mediaLink"].as_str().expect("a link");
    assert!(link.starts_with("http://localhost:1/download/storage/v1/b/logs/o/a%2Fb%20c%2Etxt?"));

    let whole = s.raw("GET", &link["http://localhost:1".len()..], &[], b"");
    assert_eq!(whole.body().as_ref(), b"hello");
    let hashes = "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==";
    assert_eq!(header(&whole, "x-goog-hash"), hashes);
    assert_eq!(header(&whole, "x-goog-generation"), "1800000000000000");
    assert_eq!(header(&whole, "etag"), made["etag"]);
    let part = s.raw(
        "GET",
        &format!("{O}/a%2Fb%20c.txt?alt=media"),
        &[("range", "bytes=1-2")],
        b"",
    );
    assert_eq!(
        (part.status().as_u16(), part.body().as_ref()),
        (206, &b"el"[..])
    );
    assert_eq!(header(&part, "content-range"), "bytes 1-2/5");
    let outside = s.raw(
        "GET",
        &format!("{O}/a%2Fb%20c.txt?alt=media"),
        &[("range", "bytes=9-")],
        b"",
    );
    assert_eq!(outside.status().as_u16(), 416);

    let missing = s.expect_error("GET", &format!("{O}/a%2Fnone"), &json!(null));
    assert_eq!(
        missing,
        (404, "notFound".into(), "No such object: logs/a/none".into())
    );
    let nowhere = s.expect_error("GET", "/storage/v1/b/none/o/x", &json!(null));
    assert_eq!(nowhere.2, "The specified bucket does not exist.");

    let patch = json!({ "metadata": { "k": "v" }, "contentType": null, "size": "9" });
    let patched = s.expect_ok("PATCH", &format!("{O}/a%2Fb%20c.txt"), &patch);
    assert_eq!(patched["metadata"], json!({ "k": "v" }));
    assert_eq!(patched["metageneration"], "2");
    assert_eq!(patched["generation"], made["generation"]);
    assert_eq!(patched["size"], "5");
    assert!(patched.get("contentType").is_none());
}

#[test]
fn only_one_wins_the_race_for_generation_0() {
    let mut s = storage();
    let (status, first) = put(&mut s, "lock", b"1", "&ifGenerationMatch=0");
    assert_eq!(status, 200);
    let (status, error) = put(&mut s, "lock", b"2", "&ifGenerationMatch=0");
    assert_eq!(status, 412);
    let words = "At least one of the pre-conditions you specified did not hold.";
    assert_eq!(error["error"]["message"], words);
    assert_eq!(error["error"]["errors"][0]["reason"], "conditionNotMet");

    // Compare and swap within the same microsecond: generations still increase.
    let old = first["generation"].as_str().expect("text");
    let (status, second) = put(&mut s, "lock", b"2", &format!("&ifGenerationMatch={old}"));
    assert_eq!(
        (status, second["generation"].as_str()),
        (200, Some("1800000000000001"))
    );
    assert_eq!(
        put(&mut s, "lock", b"3", &format!("&ifGenerationMatch={old}")).0,
        412
    );
    let content = s.raw("GET", &format!("{O}/lock?alt=media"), &[], b"");
    assert_eq!(content.body().as_ref(), b"2");

    let stale = format!("{O}/lock?ifGenerationMatch={old}");
    assert_eq!(s.ask("DELETE", &stale, &json!(null)).0, 412);
    assert_eq!(s.ask("GET", &stale, &json!(null)).0, 412);
    let same = format!("{O}/lock?ifGenerationNotMatch=1800000000000001");
    let unchanged = s.raw("GET", &same, &[], b"");
    assert_eq!(
        (unchanged.status().as_u16(), unchanged.body().len()),
        (304, 0)
    );
    assert_eq!(
        s.ask(
            "DELETE",
            &format!("{O}/lock?ifGenerationMatch=1800000000000001"),
            &json!(null)
        )
        .0,
        204
    );
    let (status, third) = put(&mut s, "lock", b"3", "&ifGenerationMatch=0");
    assert_eq!(
        (status, third["generation"].as_str()),
        (200, Some("1800000000000002"))
    );
    assert_eq!(put(&mut s, "lock", b"", "&ifGenerationMatch=x").0, 400);
}

#[test]
fn versions_are_kept_where_the_bucket_says_so() {
    let mut s = storage();
    s.expect_ok(
        "PATCH",
        "/storage/v1/b/logs",
        &json!({ "versioning": { "enabled": true } }),
    );
    let old = put(&mut s, "a", b"old", "").1["generation"].clone();
    let new = put(&mut s, "a", b"new", "").1["generation"].clone();
    let old = old.as_str().expect("text");
    let content = s.raw("GET", &format!("/download{O}/a?generation={old}"), &[], b"");
    assert_eq!(content.body().as_ref(), b"old");
    s.expect_ok("DELETE", &format!("{O}/a"), &json!(null));
    assert_eq!(s.ask("GET", &format!("{O}/a"), &json!(null)).0, 404);
    assert!(s.expect_ok("GET", O, &json!(null)).get("items").is_none());
    let all = s.expect_ok("GET", &format!("{O}?versions=True"), &json!(null));
    let items = all["items"].as_array().expect("items");
    let json: Vec<_> = items
        .iter()
        .map(|i| (&i["generation"], i.get("timeDeleted").is_some()))
        .collect();
    assert_eq!(json, [(&json!(old), true), (&new, true)]);
    assert_eq!(s.ask("DELETE", "/storage/v1/b/logs", &json!(null)).0, 409);
    s.expect_ok("DELETE", &format!("{O}/a?generation={old}"), &json!(null));
    assert_eq!(
        s.ask("GET", &format!("{O}/a?generation={old}"), &json!(null))
            .0,
        404
    );
}

#[test]
fn lists_are_paged_through_folders() {
    let mut s = storage();
    for name in ["a", "b/1", "b/2", "b/c/3", "b-", "d/4", "e"] {
        put(&mut s, name, b"", "");
    }
    let mut list = |query: &str| {
        // Each page: items, then prefixes.
        let (mut pages, mut token) = (Vec::new(), String::new());
        loop {
            let page = s.expect_ok(
                "GET",
                &format!("{O}?projection=noAcl{query}&pageToken={token}"),
                &json!(null),
            );
            let names = page["items"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|i| &i["name"]);
            let all = names.chain(page["prefixes"].as_array().into_iter().flatten());
            pages.push(
                all.map(|n| n.as_str().expect("text"))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
            match page["nextPageToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => return pages,
            }
        }
    };
    assert_eq!(list(""), ["a b- b/1 b/2 b/c/3 d/4 e"]);
    assert_eq!(list("&prefix=b/"), ["b/1 b/2 b/c/3"]);
    assert_eq!(list("&prefix=b&delimiter=/"), ["b- b/"]);
    assert_eq!(list("&prefix=b/&delimiter=/"), ["b/1 b/2 b/c/"]);
    assert_eq!(list("&delimiter=/&maxResults=2"), ["a b-", "b/ d/", "e"]);
    assert_eq!(
        list("&delimiter=/&maxResults=1"),
        ["a", "b-", "b/", "d/", "e"]
    );
    assert_eq!(list("&maxResults=3"), ["a b- b/1", "b/2 b/c/3 d/4", "e"]);
    assert_eq!(list("&startOffset=b/2&endOffset=e"), ["b/2 b/c/3 d/4"]);
    assert_eq!(list("&prefix=nothing"), [""]);
    let bad = s.expect_error("GET", &format!("{O}?pageToken=!"), &json!(null));
    assert_eq!(bad.0, 400);
}

#[test]
fn a_copy_keeps_what_the_body_does_not_replace() {
    let mut s = storage();
    s.cloud.declare_bucket("other", "p", s.now);
    put(&mut s, "a", b"x", "");
    let uri = format!("{O}/a/rewriteTo/b/other/o/b%2Fc?ifGenerationMatch=0");
    let done = s.expect_ok("POST", &uri, &json!(null));
    assert_eq!(
        (&done["done"], &done["objectSize"]),
        (&json!(true), &json!("1"))
    );
    assert_eq!(done["resource"]["contentType"], "text/plain");
    assert_eq!(s.ask("POST", &uri, &json!(null)).0, 412);
    let copied = s.expect_ok(
        "POST",
        &format!("{O}/a/copyTo/b/logs/o/d"),
        &json!({ "contentType": "a/b" }),
    );
    assert_eq!(
        (&copied["name"], &copied["contentType"]),
        (&json!("d"), &json!("a/b"))
    );
    let missing = s.ask("POST", &format!("{O}/none/copyTo/b/logs/o/d"), &json!(null));
    assert_eq!(missing.0, 404);
}

#[test]
fn objects_are_composed_and_their_checksums_told() {
    let mut s = storage();
    let (_, hel) = put(&mut s, "hel", b"hel", "");
    put(&mut s, "lo", b"lo", "");
    assert_eq!(
        put(&mut s, "hello", b"hello", "").1["md5Hash"],
        "XUFAKrxLKna5cZ2REBfFkg=="
    );
    let compose = |s: &mut TestApi, to: &str, sources: &Value| {
        let body = json!({
            "sourceObjects": sources,
            "destination": { "contentType": "text/plain" },
        });
        s.ask("POST", &format!("{O}/{to}/compose"), &body)
    };
    let sources = json!([{ "name": "hel", "generation": hel["generation"] }, { "name": "lo" }]);
    let (status, made) = compose(&mut s, "whole", &sources);
    assert_eq!(status, 200, "{made}");
    assert_eq!(
        (
            &made["size"],
            &made["crc32c"],
            &made["componentCount"],
            &made["contentType"]
        ),
        (
            &json!("5"),
            &json!("mnG7TA=="),
            &json!(2),
            &json!("text/plain")
        )
    );
    assert!(
        made.get("md5Hash").is_none(),
        "a composed object has no MD5"
    );
    let content = s.raw("GET", &format!("/download{O}/whole"), &[], b"");
    assert_eq!(content.body().as_ref(), b"hello");
    // An object may be composed of itself.
    let (_, more) = compose(
        &mut s,
        "whole",
        &json!([{ "name": "whole" }, { "name": "lo" }]),
    );
    assert_eq!(
        (&more["size"], &more["componentCount"]),
        (&json!("7"), &json!(3))
    );

    let stale = json!([{ "name": "lo", "objectPreconditions": { "ifGenerationMatch": "1" } }]);
    let many = Value::Array(vec![json!({ "name": "lo" }); 33]);
    for (sources, status) in [
        (stale, 412),
        (many, 400),
        (json!([]), 400),
        (json!([{}]), 400),
        (json!([{ "name": "absent" }]), 404),
    ] {
        assert_eq!(compose(&mut s, "x", &sources).0, status, "{sources}");
    }
    let (status, refused) = put_with_hash(&mut s, "md5=AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(status, 400);
    let message = refused["error"]["message"].as_str().expect("text");
    assert!(message.contains("XUFAKrxLKna5cZ2REBfFkg=="), "{message}");
    let right = "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==";
    assert_eq!(put_with_hash(&mut s, right).0, 200);
}

fn put_with_hash(s: &mut TestApi, hash: &str) -> (u16, Value) {
    let uri = format!("/upload{O}?uploadType=media&name=hashed");
    let response = s.raw("POST", &uri, &[("x-goog-hash", hash)], b"hello");
    let body = serde_json::from_slice(response.body()).expect("JSON");
    (response.status().as_u16(), body)
}
