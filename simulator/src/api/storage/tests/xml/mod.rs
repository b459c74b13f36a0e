//! The XML API.

mod objects;
mod parts;
mod signed_urls;

use super::*;
use crate::{CloudResponse, iam::Principal};
use bytes::Bytes;
use http::{Request, Response};

const ACCOUNT: &str = "signer@demo-project.iam.gserviceaccount.com";
const OBJECT: &str = "https://storage.googleapis.com/logs/a";

/// A cloud as the proxy reaches it, by URLs.
struct Proxied {
    cloud: Cloud,
    now: Timestamp,
    token: String,
}

impl Proxied {
    /// With a bucket `logs`, whose administrator is `me@example.com`.
    fn new() -> Self {
        let now = Timestamp::from_seconds(1_800_000_000);
        let mut cloud = Cloud::new();
        cloud.add_project("demo-project", 42, None);
        cloud.declare_bucket("logs", "demo-project", now);
        let me = Principal::user("me@example.com");
        grant(&mut cloud, "roles/storage.admin", me.as_str());
        let token = cloud.mint(&me, now);
        Self { cloud, now, token }
    }

    /// The response to a request with these headers and no others.
    fn send(
        &mut self,
        http_method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response<Bytes> {
        let end = "https://".len() + url["https://".len()..].find('/').expect("a path");
        let (origin, path) = url.split_at(end);
        let mut request = Request::builder().method(http_method).uri(path);
        request = request.header("host", &origin["https://".len()..]);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Bytes::copy_from_slice(body))
            .expect("a request");
        match self.cloud.handle(&request, origin, self.now, self.now) {
            CloudResponse::Ready(response, _) => response,
            CloudResponse::WaitUntil(_) => panic!("nothing here waits"),
        }
    }

    /// The response to a request of the administrator.
    fn admin(
        &mut self,
        http_method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response<Bytes> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        self.send(http_method, url, &headers, body)
    }
}

fn grant(cloud: &mut Cloud, role: &str, member: &str) {
    let logs = "//storage.googleapis.com/projects/_/buckets/logs";
    cloud.grant(logs, role, member, None);
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).expect("UTF-8")
}

/// Status and code of an error.
fn refusal(response: &Response<Bytes>) -> (u16, String) {
    assert_eq!(
        header(response, "content-type"),
        "application/xml; charset=UTF-8"
    );
    let code = text(response).split_once("<Error><Code>");
    let code = code.and_then(|(_, rest)| rest.split_once("</Code><Message>"));
    let (code, _) = code.unwrap_or_else(|| panic!("{}", text(response)));
    (response.status().as_u16(), code.to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
