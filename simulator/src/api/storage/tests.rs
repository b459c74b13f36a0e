//! Stories of buckets and objects.

use super::ROUTES;
use crate::{
    Cloud,
    api::asking::{Asking, check_discovery},
};
use names::Timestamp;
use serde_json::{Value, json};

const O: &str = "/storage/v1/b/logs/o";

fn storage() -> Asking {
    let now = Timestamp::from_seconds(1_800_000_000);
    let mut cloud = Cloud::new();
    cloud.declare_bucket("logs", "p", now);
    Asking {
        cloud,
        routes: ROUTES,
        now,
    }
}

fn put(asking: &mut Asking, name: &str, content: &[u8], more: &str) -> (u16, Value) {
    let uri = format!("/upload{O}?uploadType=media&name={name}{more}");
    let response = asking.raw("POST", &uri, &[("content-type", "text/plain")], content);
    let json = serde_json::from_slice(response.body()).expect("JSON");
    (response.status().as_u16(), json)
}

fn header<'r>(response: &'r http::Response<bytes::Bytes>, name: &str) -> &'r str {
    response
        .headers()
        .get(name)
        .map_or("", |v| v.to_str().expect("text"))
}

#[test]
fn routes_are_googles() {
    check_discovery("storage.v1.json", ROUTES);
}

#[test]
fn a_bucket_lives() {
    let mut s = storage();
    let body = json!({
        "name": "new-bucket",
        "location": "us-central1",
        "labels": { "a": "b", "c": "d" },
        "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": true } },
        "softDeletePolicy": { "retentionDurationSeconds": 0 },
    });
    let made = s.good(
        "POST",
        "/storage/v1/b?project=p&enableObjectRetention=False",
        &body,
    );
    assert_eq!(made["location"], "US-CENTRAL1");
    assert_eq!(made["locationType"], "region");
    assert_eq!(made["storageClass"], "STANDARD");
    assert_eq!(made["metageneration"], "1");
    assert_eq!(
        made["iamConfiguration"]["publicAccessPrevention"],
        "inherited"
    );
    assert_eq!(
        made["softDeletePolicy"],
        json!({ "retentionDurationSeconds": "0" })
    );

    let again = s.bad("POST", "/storage/v1/b?project=p", &body);
    let own = "Your previous request to create the named bucket succeeded and you already own it.";
    assert_eq!(again, (409, "conflict".into(), own.into()));
    let theirs = s.bad("POST", "/storage/v1/b?project=q", &body);
    assert_eq!(theirs.0, 409);
    assert!(theirs.2.contains("not available"));

    let patch = json!({ "labels": { "a": null, "e": "f" }, "location": "EU" });
    let patched = s.good(
        "PATCH",
        "/storage/v1/b/new-bucket?ifMetagenerationMatch=1",
        &patch,
    );
    assert_eq!(patched["labels"], json!({ "c": "d", "e": "f" }));
    assert_eq!(patched["location"], "US-CENTRAL1");
    assert_eq!(patched["metageneration"], "2");
    assert_ne!(patched["etag"], made["etag"]);
    let stale = s.bad(
        "PATCH",
        "/storage/v1/b/new-bucket?ifMetagenerationMatch=1",
        &patch,
    );
    assert_eq!((stale.0, stale.1.as_str()), (412, "conditionNotMet"));
    assert_eq!(
        s.ask(
            "GET",
            "/storage/v1/b/new-bucket?ifMetagenerationNotMatch=2",
            &json!(null)
        ),
        (304, json!(null))
    );

    let names = |list: &Value| -> Vec<Value> {
        let items = list["items"].as_array().into_iter().flatten();
        items.map(|b| b["name"].clone()).collect()
    };
    let page = s.good("GET", "/storage/v1/b?project=p&maxResults=1", &json!(null));
    assert_eq!(names(&page), ["logs"]);
    let next = page["nextPageToken"].as_str().expect("there is more");
    let page = s.good(
        "GET",
        &format!("/storage/v1/b?project=p&pageToken={next}"),
        &json!(null),
    );
    assert_eq!(names(&page), ["new-bucket"]);
    assert_eq!(
        names(&s.good("GET", "/storage/v1/b?project=q", &json!(null))),
        [] as [&str; 0]
    );

    put(&mut s, "o", b"x", "");
    let full = s.bad("DELETE", "/storage/v1/b/logs", &json!(null));
    assert_eq!(
        full,
        (
            409,
            "conflict".into(),
            "The bucket you tried to delete is not empty.".into()
        )
    );
    assert_eq!(
        s.ask("DELETE", "/storage/v1/b/new-bucket", &json!(null)).0,
        204
    );
    let gone = s.bad("GET", "/storage/v1/b/new-bucket", &json!(null));
    assert_eq!(
        gone,
        (
            404,
            "notFound".into(),
            "The specified bucket does not exist.".into()
        )
    );
}

#[test]
fn a_malformed_bucket_is_refused() {
    let mut s = storage();
    for body in [
        json!(null),
        json!([]),
        json!({ "name": "UPPER" }),
        json!({ "name": 3 }),
        json!({ "name": "good", "iamConfiguration": "x" }),
        json!({ "name": "good", "iamConfiguration": { "uniformBucketLevelAccess": [] } }),
        json!({ "name": "good", "softDeletePolicy": 3 }),
    ] {
        assert_eq!(
            s.bad("POST", "/storage/v1/b?project=p", &body).0,
            400,
            "{body}"
        );
        assert_eq!(s.ask("GET", "/storage/v1/b/good", &json!(null)).0, 404);
    }
}

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
    assert_eq!(header(&whole, "x-goog-hash"), "crc32c=mnG7TA==");
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

    let missing = s.bad("GET", &format!("{O}/a%2Fnone"), &json!(null));
    assert_eq!(
        missing,
        (404, "notFound".into(), "No such object: logs/a/none".into())
    );
    let nowhere = s.bad("GET", "/storage/v1/b/none/o/x", &json!(null));
    assert_eq!(nowhere.2, "The specified bucket does not exist.");

    let patch = json!({ "metadata": { "k": "v" }, "contentType": null, "size": "9" });
    let patched = s.good("PATCH", &format!("{O}/a%2Fb%20c.txt"), &patch);
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

    // Compare and swap, at the same microsecond: generations still grow.
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
    s.good(
        "PATCH",
        "/storage/v1/b/logs",
        &json!({ "versioning": { "enabled": true } }),
    );
    let old = put(&mut s, "a", b"old", "").1["generation"].clone();
    let new = put(&mut s, "a", b"new", "").1["generation"].clone();
    let old = old.as_str().expect("text");
    let content = s.raw("GET", &format!("/download{O}/a?generation={old}"), &[], b"");
    assert_eq!(content.body().as_ref(), b"old");
    s.good("DELETE", &format!("{O}/a"), &json!(null));
    assert_eq!(s.ask("GET", &format!("{O}/a"), &json!(null)).0, 404);
    assert!(s.good("GET", O, &json!(null)).get("items").is_none());
    let all = s.good("GET", &format!("{O}?versions=True"), &json!(null));
    let items = all["items"].as_array().expect("items");
    let shown: Vec<_> = items
        .iter()
        .map(|i| (&i["generation"], i.get("timeDeleted").is_some()))
        .collect();
    assert_eq!(shown, [(&json!(old), true), (&new, true)]);
    assert_eq!(s.ask("DELETE", "/storage/v1/b/logs", &json!(null)).0, 409);
    s.good("DELETE", &format!("{O}/a?generation={old}"), &json!(null));
    assert_eq!(
        s.ask("GET", &format!("{O}/a?generation={old}"), &json!(null))
            .0,
        404
    );
}

#[test]
fn a_listing_pages_through_folders() {
    let mut s = storage();
    for name in ["a", "b/1", "b/2", "b/c/3", "b-", "d/4", "e"] {
        put(&mut s, name, b"", "");
    }
    let mut list = |query: &str| {
        // Each page: items, then prefixes.
        let (mut pages, mut token) = (Vec::new(), String::new());
        loop {
            let page = s.good(
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
    let bad = s.bad("GET", &format!("{O}?pageToken=!"), &json!(null));
    assert_eq!(bad.0, 400);
}

#[test]
fn a_multipart_upload_in_gclouds_own_form() {
    let mut s = storage();
    let kind = [("content-type", "multipart/related; boundary='===1=='")];
    let uri = format!("/upload{O}?uploadType=multipart");
    let send = |s: &mut Asking, metadata: &str, content: &[u8]| {
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

#[test]
fn a_copy_keeps_what_the_body_does_not_replace() {
    let mut s = storage();
    s.cloud.declare_bucket("other", "p", s.now);
    put(&mut s, "a", b"x", "");
    let uri = format!("{O}/a/rewriteTo/b/other/o/b%2Fc?ifGenerationMatch=0");
    let done = s.good("POST", &uri, &json!(null));
    assert_eq!(
        (&done["done"], &done["objectSize"]),
        (&json!(true), &json!("1"))
    );
    assert_eq!(done["resource"]["contentType"], "text/plain");
    assert_eq!(s.ask("POST", &uri, &json!(null)).0, 412);
    let copied = s.good(
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
fn what_each_call_needs() {
    let mut s = storage();
    put(&mut s, "old", b"", "");
    let null = json!(null);
    let table: [(&str, &str, &[&str]); 14] = [
        (
            "POST",
            "/storage/v1/b?project=p",
            &["storage.buckets.create projects/p"],
        ),
        (
            "GET",
            "/storage/v1/b?project=p",
            &["storage.buckets.list projects/p"],
        ),
        (
            "GET",
            "/storage/v1/b/logs",
            &["storage.buckets.get projects/_/buckets/logs"],
        ),
        (
            "DELETE",
            "/storage/v1/b/logs",
            &["storage.buckets.delete projects/_/buckets/logs"],
        ),
        (
            "PUT",
            "/storage/v1/b/logs/iam",
            &["storage.buckets.setIamPolicy projects/_/buckets/logs"],
        ),
        (
            "GET",
            "/storage/v1/b/logs/iam/testPermissions?permissions=a",
            &[],
        ),
        (
            "GET",
            "/storage/v1/b/logs/o",
            &["storage.objects.list projects/_/buckets/logs"],
        ),
        (
            "GET",
            "/storage/v1/b/logs/o/old",
            &["storage.objects.get projects/_/buckets/logs/objects/old"],
        ),
        (
            "GET",
            "/storage/v1/b/logs/o/a%2Fb",
            &[
                "storage.objects.get projects/_/buckets/logs/objects/a/b",
                "storage.objects.list projects/_/buckets/logs",
            ],
        ),
        (
            "POST",
            "/upload/storage/v1/b/logs/o?uploadType=media&name=old&ifGenerationMatch=0",
            &["storage.objects.create projects/_/buckets/logs/objects/old"],
        ),
        (
            "DELETE",
            "/storage/v1/b/logs/o/a",
            &["storage.objects.delete projects/_/buckets/logs/objects/a"],
        ),
        (
            "POST",
            "/upload/storage/v1/b/logs/o?uploadType=media&name=new",
            &["storage.objects.create projects/_/buckets/logs/objects/new"],
        ),
        (
            "POST",
            "/upload/storage/v1/b/logs/o?uploadType=media&name=old",
            &[
                "storage.objects.create projects/_/buckets/logs/objects/old",
                "storage.objects.delete projects/_/buckets/logs/objects/old",
            ],
        ),
        (
            "POST",
            "/storage/v1/b/logs/o/a/copyTo/b/logs/o/new",
            &[
                "storage.objects.get projects/_/buckets/logs/objects/a",
                "storage.objects.create projects/_/buckets/logs/objects/new",
            ],
        ),
    ];
    for (verb, uri, needs) in table {
        assert_eq!(s.needs(verb, uri, &null), needs, "{verb} {uri}");
    }
}

#[test]
fn rows_survive_the_journal() {
    let mut s = storage();
    put(&mut s, "a", b"\0\xff", "");
    let mut again = super::Storage::new();
    for (from, to) in s.cloud.storage.tables().into_iter().zip(again.tables()) {
        assert_eq!(from.name(), to.name());
        for (key, row) in from.take_changes() {
            to.restore(&key, row).expect("reads back");
        }
    }
    s.cloud.storage = again;
    let content = s.raw("GET", &format!("/download{O}/a"), &[], b"");
    assert_eq!(content.body().as_ref(), b"\0\xff");
}
