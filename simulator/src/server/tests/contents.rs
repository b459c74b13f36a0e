//! Contents of objects in files.

use super::{LOOPBACK, PROJECT, Ticking, scratch};
use crate::{
    Cloud, Host, Journal,
    host::Origin,
    iam::Principal,
    server::{Listener, Server, files::Files, port::apis},
};
use axum::Extension;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::net::TcpListener;

const UPLOAD: &str = "/upload/storage/v1/b/logs/o";

/// A cloud whose state is in a folder, as one run after the other.
struct Run {
    server: Server,
    host: Arc<Host>,
    token: String,
    files: PathBuf,
}

impl Run {
    async fn start(folder: &Path) -> Self {
        let bound = Server::bind(LOOPBACK).await.expect("a port");
        let (journal, restored) = Journal::open(folder).expect("opens");
        let fresh = restored.is_empty();
        let mut cloud = Cloud::new();
        restored.into(&mut cloud).expect("reads");
        let clock = Arc::new(Ticking(tokio::time::Instant::now()));
        let (host, _) = Host::journaled(cloud, clock, &bound.origin(), None, Some(journal));
        let token = host.with(|cloud, now| {
            if fresh {
                cloud.add_project(PROJECT, 1, None);
                let bucket = "projects/_/buckets/logs";
                let bucket = format!("//storage.googleapis.com/{bucket}");
                cloud.declare_bucket("logs", PROJECT, now);
                cloud.grant(
                    &bucket,
                    "roles/storage.objectAdmin",
                    "user:me@example.com",
                    None,
                );
            }
            cloud.mint(&Principal::user("me@example.com"), now)
        });
        let files = folder.join("objects");
        let server = bound
            .serve_with_files(Arc::clone(&host), &files)
            .expect("a folder");
        Self {
            server,
            host,
            token,
            files,
        }
    }

    /// Sends a request as the proxy does for Cloud Storage's name.
    async fn xml(&self, method: Method, path: &str, body: Bytes) -> Response<Bytes> {
        let files = Files::open(&self.files).expect("a folder");
        let origin = Extension(Origin("https://storage.googleapis.com".to_owned()));
        let apis = apis(Arc::clone(&self.host), Some(files)).layer(origin);
        let listener = TcpListener::bind(LOOPBACK).await.expect("a port");
        let addr = listener.local_addr().expect("bound");
        let listener = Listener::start(listener, addr, apis);
        let request = Request::builder().method(method);
        let request = request.uri(format!("http://{addr}{path}"));
        let response = self.send(request, body).await;
        listener.stop().await;
        response
    }

    async fn send(&self, request: http::request::Builder, body: Bytes) -> Response<Bytes> {
        let bearer = format!("Bearer {}", self.token);
        let request = request
            .header("authorization", bearer)
            .body(Full::new(body));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client
            .request(request.expect("a request"))
            .await
            .expect("an answer");
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.expect("a body").to_bytes())
    }

    fn uri(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.addr())
    }

    async fn upload(&self, name: &str, body: Bytes) -> StatusCode {
        let uri = self.uri(&format!("{UPLOAD}?uploadType=media&name={name}"));
        self.send(Request::post(uri), body).await.status()
    }

    async fn download(&self, name: &str, range: &str) -> (StatusCode, Bytes) {
        let uri = self.uri(&format!("/storage/v1/b/logs/o/{name}?alt=media"));
        let response = self
            .send(Request::get(uri).header("range", range), Bytes::new())
            .await;
        (response.status(), response.into_body())
    }

    /// Ends as a process does that is killed.
    async fn stop(self) {
        self.server.stop().await;
        drop(self.host);
    }
}

fn bytes(length: usize) -> Bytes {
    (0..length)
        .map(|at| u8::try_from(at % 251).expect("small"))
        .collect()
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("objects")).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[tokio::test]
async fn large_contents_are_in_files_and_survive() {
    let folder = scratch("contents");
    let run = Run::start(&folder).await;
    let large = bytes(1 << 20);
    assert_eq!(run.upload("large", large.clone()).await, 200);
    assert_eq!(run.upload("small", bytes(100)).await, 200);
    assert_eq!(names(&folder).len(), 1);
    let journal = fs::metadata(folder.join("journal.jsonl"))
        .expect("there")
        .len();
    assert!(journal < 64 << 10, "{journal}");

    // In chunks, the last with bytes that were sent before.
    let start = format!("{UPLOAD}?uploadType=resumable&name=chunks");
    let begun = run.send(Request::post(run.uri(&start)), Bytes::new()).await;
    let session = begun.headers()["location"]
        .to_str()
        .expect("text")
        .to_owned();
    let half = large.len() / 2;
    for (range, body, status) in [
        (format!("bytes 0-{}/*", half - 1), large.slice(..half), 308),
        (format!("bytes 0-{}/*", half - 1), large.slice(..half), 308),
        (
            format!("bytes {half}-{}/{}", large.len() - 1, large.len()),
            large.slice(half..),
            200,
        ),
    ] {
        let chunk = Request::put(&session).header("content-range", &range);
        let response = run.send(chunk, body).await;
        assert_eq!(response.status(), status, "{range}");
    }
    let boundary = "===b===";
    let multipart = [
        b"--===b===\r\n\r\n{\"name\":\"parts\"}\r\n--===b===\r\n\r\n",
        large.as_ref(),
        b"\r\n--===b===--",
    ]
    .concat();
    let request = Request::post(run.uri(&format!("{UPLOAD}?uploadType=multipart"))).header(
        "content-type",
        format!("multipart/related; boundary={boundary}"),
    );
    let made = run.send(request, multipart.into()).await;
    assert_eq!(made.status(), 200, "{made:?}");
    run.stop().await;

    let run = Run::start(&folder).await;
    for name in ["large", "chunks", "parts"] {
        assert_eq!(
            run.download(name, "").await,
            (StatusCode::OK, large.clone()),
            "{name}"
        );
        let range = format!("bytes={}-{}", half - 10, half + 9);
        let part = large.slice(half - 10..half + 10);
        assert_eq!(
            run.download(name, &range).await,
            (StatusCode::PARTIAL_CONTENT, part)
        );
        let uri = run.uri(&format!("/storage/v1/b/logs/o/{name}"));
        let object = run.send(Request::get(uri), Bytes::new()).await.into_body();
        let object: serde_json::Value = serde_json::from_slice(&object).expect("JSON");
        assert_eq!(object["md5Hash"], "jyk6L2wZs0UVL3pJu0xkPA==", "{object}");
    }
    assert_eq!(run.download("small", "").await.1, bytes(100));
    for name in ["large", "chunks", "parts"] {
        let uri = run.uri(&format!("/storage/v1/b/logs/o/{name}"));
        assert_eq!(
            run.send(Request::delete(uri), Bytes::new()).await.status(),
            204
        );
    }
    run.stop().await;
    // The next run removes what no object needs.
    let run = Run::start(&folder).await;
    super::until("the files are gone", || names(&folder).is_empty()).await;
    assert_eq!(run.download("small", "").await.1, bytes(100));
    run.stop().await;
    fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn parts_are_files_while_their_upload_is_open() {
    let folder = scratch("parts");
    let run = Run::start(&folder).await;
    let large = bytes(6 << 20);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let begun = run.xml(Method::POST, "/logs/a?uploads", Bytes::new()).await;
        let begun = String::from_utf8(begun.into_body().to_vec()).expect("UTF-8");
        let id = crate::xml::contents(&begun, "UploadId")[0].to_owned();
        let part = format!("/logs/a?partNumber=1&uploadId={id}");
        let sent = run.xml(Method::PUT, &part, large.clone()).await;
        assert_eq!(sent.status(), 200, "{sent:?}");
        let etag = sent.headers()["etag"].to_str().expect("text").to_owned();
        ids.push((id, etag));
    }
    let stored = names(&folder);
    assert_eq!(stored.len(), 2);
    run.stop().await;

    // The next run removes what no upload needs.
    let orphan = folder.join("objects").join("00000000000000ff");
    fs::write(&orphan, "x").expect("written");
    let run = Run::start(&folder).await;
    super::until("the orphan is gone", || !orphan.exists()).await;
    assert_eq!(names(&folder).len(), 2);
    let abort = format!("/logs/a?uploadId={}", ids[0].0);
    let aborted = run.xml(Method::DELETE, &abort, Bytes::new()).await;
    assert_eq!(aborted.status(), 204);
    let (id, etag) = &ids[1];
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>\
         </CompleteMultipartUpload>"
    );
    let complete = format!("/logs/a?uploadId={id}");
    let done = run.xml(Method::POST, &complete, body.into()).await;
    assert_eq!(done.status(), 200, "{done:?}");
    let got = run.xml(Method::GET, "/logs/a", Bytes::new()).await;
    assert_eq!(got.body(), &large);
    let head = run.xml(Method::HEAD, "/logs/a", Bytes::new()).await;
    assert_eq!(
        head.headers()["content-length"],
        (6 << 20).to_string().as_str()
    );
    let put = run.xml(Method::PUT, "/logs/b", large.clone()).await;
    assert_eq!(put.status(), 200);
    run.stop().await;

    let run = Run::start(&folder).await;
    super::until("the aborted part is gone", || names(&folder).len() == 2).await;
    for name in ["a", "b"] {
        assert_eq!(run.download(name, "").await.1, large, "{name}");
    }
    run.stop().await;
    fs::remove_dir_all(&folder).expect("removed");
}
