//! Cloud Storage.

mod buckets;
mod folders;
mod holds;
mod objects;
mod protection;
mod uploads;
mod xml;

use crate::{Cloud, api::test_api::TestApi};
use names::Timestamp;
use serde_json::{Value, json};

const O: &str = "/storage/v1/b/logs/o";

fn storage() -> TestApi {
    let now = Timestamp::from_seconds(1_800_000_000);
    let mut cloud = Cloud::new();
    cloud.declare_bucket("logs", "p", now);
    TestApi {
        cloud,
        api: "storage",
        now,
    }
}

fn put(test_api: &mut TestApi, name: &str, content: &[u8], more: &str) -> (u16, Value) {
    let uri = format!("/upload{O}?uploadType=media&name={name}{more}");
    let response = test_api.raw("POST", &uri, &[("content-type", "text/plain")], content);
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
fn each_method_requires_its_permissions() {
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
    for (verb, uri, required_permissions) in table {
        assert_eq!(
            s.required_permissions(verb, uri, &null),
            required_permissions,
            "{verb} {uri}"
        );
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
