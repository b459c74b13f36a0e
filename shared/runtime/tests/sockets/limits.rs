//! Bodies and heads that are too long, and those that stop half way.

use crate::server::{Client, PATIENCE, Server, post};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

fn push(data: &[u8]) -> Vec<u8> {
    let message = json!({ "data": STANDARD.encode(data), "messageId": "7" });
    json!({ "message": message }).to_string().into_bytes()
}

/// The dead letter that is put together from the process's log, if any.
fn record(log: &[Value]) -> Option<Value> {
    let parts: Vec<_> = log
        .iter()
        .filter(|line| line.get("record.data").is_some())
        .collect();
    let pieces = parts
        .iter()
        .map(|line| line["record.data"].as_str().expect("text"));
    let whole: Vec<u8> = pieces
        .flat_map(|piece| STANDARD.decode(piece).expect("base64"))
        .collect();
    serde_json::from_slice(&whole).ok()
}

#[tokio::test]
async fn the_longest_message_arrives_and_longer_ones_are_recorded_in_part() {
    let mut server = Server::start("conformance", &[]).await;
    let addr = server.addr;
    let longest = vec![b'x'; 10_000_000];
    let answer = post(addr, &[], &push(&longest)).await;
    assert_eq!((answer.status, answer.body.len()), (200, longest.len()));

    let mut client = Client::connect(addr).await.expect("connected");
    let head = "POST / HTTP/1.1\r\nhost: x\r\nce-id: 7\r\ncontent-length: 22020096\r\n\r\n";
    client.write(head.as_bytes()).await.expect("sent");
    // It does not wait for what it will not keep.
    client.write(&vec![b'x'; 8 << 20]).await.expect("sent");
    assert_eq!(client.read().await.expect("answered").status, 413);
    server.terminate();
    server.ended(PATIENCE).await.expect("ended");
    let record = record(&server.log()).expect("recorded");
    let data = STANDARD.decode(record["data"].as_str().expect("text"));
    assert_eq!(data.expect("base64"), vec![b'x'; 7 << 20]);
    let about = &record["attributes"];
    assert_eq!(about["groundcrew-length"], (21 << 20).to_string());
    assert_eq!(about["groundcrew-cause"], "too-long");
    assert_eq!(about["ce-id"], "7");
}

#[tokio::test]
async fn a_truncated_body_is_neither_handled_nor_recorded() {
    let mut server = Server::start("conformance", &[]).await;
    let mut client = Client::connect(server.addr).await.expect("connected");
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{\"half\":";
    client.write(head.as_bytes()).await.expect("sent");
    client.hang_up().await;
    let answered = client.read().await;
    assert!(answered.is_err() || answered.is_ok_and(|answer| answer.status == 400));
    // It lives on.
    assert_eq!(post(server.addr, &[], b"{}").await.status, 200);
    server.terminate();
    server.ended(PATIENCE).await.expect("ended");
    let log = server.log();
    assert_eq!(record(&log), None);
    let outcomes: Vec<_> = log
        .iter()
        .filter_map(|line| line["outcome"].as_str())
        .collect();
    assert_eq!(outcomes, ["cut", "answered"], "{log:?}");
}

#[tokio::test]
async fn bad_http_of_a_stranger_is_no_error_in_the_log() {
    let mut server = Server::start("conformance", &[]).await;
    let many: String = (0..120).map(|i| format!("a{i}: x\r\n")).collect();
    for request in [
        "\x16\x03\x01\x02\0\x01\0\x01\u{7f}\x03\x03\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(),
        format!("POST / HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let mut client = Client::connect(server.addr).await.expect("connected");
        client.write(request.as_bytes()).await.expect("sent");
        let answer = client.read().await.expect("answered");
        assert!((400..500).contains(&answer.status), "{request:?}");
        assert!(client.read().await.is_err(), "closed");
    }
    assert_eq!(post(server.addr, &[], b"{}").await.status, 200);
    server.terminate();
    server.ended(PATIENCE).await.expect("ended");
    for line in server.log() {
        assert_ne!(line["severity"], "ERROR", "{line}");
    }
}
