//! Several requests in one, as gcloud sends them.

use super::{PROJECT, TestCloud};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

impl TestCloud {
    async fn batch(&self, kind: &str, body: &str, token: &str) -> Response<String> {
        let uri = format!("http://{}/batch/compute/v1", self.server.addr());
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, kind)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Full::new(Bytes::from(body.to_owned())))
            .expect("a request");
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("text");
        Response::from_parts(head, body)
    }
}

/// Lines end in LF, and an inner request has an empty host, as gcloud has it.
fn body() -> String {
    let part = |id: u8, request: &str| {
        format!(
            "--===x==\nContent-Type: application/http\nMIME-Version: 1.0\n\
             Content-Transfer-Encoding: binary\nContent-ID: <abc+{id}>\n\n{request}\n"
        )
    };
    let region = format!("/compute/v1/projects/{PROJECT}/regions/us-central1/addresses");
    let address = r#"{"name": "web"}"#;
    let length = address.len();
    [
        part(0, &format!("POST {region}?alt=json HTTP/1.1\nContent-Type: application/json\ncontent-length: {length}\nHost: \n\n{address}")),
        part(1, &format!("GET {region}/web HTTP/1.1\nHost: \n\n")),
        part(2, &format!("GET {region}/none HTTP/1.1\nHost: \n\n")),
        part(3, "nonsense"),
        "--===x==--\n".to_owned(),
    ]
    .concat()
}

#[tokio::test]
async fn each_part_of_a_batch_has_its_answer() {
    let (cloud, _commands) = TestCloud::new(None).await;
    let kind = r#"multipart/mixed; boundary="===x==""#;
    let response = cloud.batch(kind, &body(), &cloud.token).await;
    assert_eq!(response.status(), StatusCode::OK);
    let kind = response.headers()[header::CONTENT_TYPE]
        .to_str()
        .expect("text");
    let boundary = kind.split_once("boundary=").expect("a boundary").1;
    let delimiter = format!("--{boundary}");
    let parts: Vec<&str> = response.body().split(&delimiter).skip(1).collect();
    assert_eq!(parts.len(), 5);
    assert_eq!(parts[4], "--\r\n");
    for (index, (status, word)) in [
        ("200 OK", "compute#operation"),
        ("200 OK", "compute#address"),
        ("404 Not Found", "was not found"),
        ("400 Bad Request", "request line"),
    ]
    .into_iter()
    .enumerate()
    {
        let head = format!(
            "\r\nContent-Type: application/http\r\nContent-ID: <response-abc+{index}>\r\n\r\n\
             HTTP/1.1 {status}\r\n"
        );
        assert!(parts[index].starts_with(&head), "{}", parts[index]);
        assert!(parts[index].contains(word), "{}", parts[index]);
    }
}

#[tokio::test]
async fn the_caller_of_a_batch_needs_the_permissions_of_its_parts() {
    let (cloud, _commands) = TestCloud::new(None).await;
    let kind = "multipart/mixed; boundary====x==";
    let response = cloud.batch(kind, &body(), &cloud.stranger).await;
    let refused = response.body().matches("HTTP/1.1 403 Forbidden").count();
    assert_eq!(refused, 3, "{}", response.body());
    let response = cloud.batch("text/plain", "", &cloud.token).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}
