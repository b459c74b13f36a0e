use super::{codec, codec::DynamicCodec, descriptors};
use crate::server::{
    record,
    tests::{PROJECT, TestCloud, scratch, subscription, topic},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::Method;
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::TokioExecutor,
};
use prost_reflect::DynamicMessage;
use serde_json::{Value, json};
use std::{fs, path::Path};
use tokio::sync::mpsc;
use tonic::{Code, Request, Status, Streaming, body::Body, client::Grpc, metadata::MetadataValue};

const PUBLISH: &str = "/google.pubsub.v1.Publisher/Publish";

/// A gRPC client whose messages are JSON.
struct Client(Grpc<HttpClient<HttpConnector, Body>>);

impl Client {
    fn of(cloud: &TestCloud) -> Self {
        let http = HttpClient::builder(TokioExecutor::new())
            .http2_only(true)
            .build_http();
        let origin = format!("http://{}", cloud.server.addr());
        let grpc = Grpc::with_origin(http, origin.parse().expect("a URI"));
        Self(grpc.max_decoding_message_size(32 << 20))
    }

    /// The responses to the messages of a stream.
    async fn stream(
        &mut self,
        path: &str,
        token: &str,
        messages: mpsc::UnboundedReceiver<Value>,
    ) -> Result<Streaming<DynamicMessage>, Status> {
        let method = descriptors::method(path).expect("a method");
        let input = method.input();
        let messages = stream::unfold(messages, |mut messages| async move {
            let message = messages.recv().await?;
            Some((message, messages))
        });
        let messages =
            messages.map(move |message| codec::message(&input, message).expect("a message"));
        let mut request = Request::new(messages);
        let bearer = MetadataValue::try_from(format!("Bearer {token}")).expect("a value");
        request.metadata_mut().insert("authorization", bearer);
        self.0.ready().await.expect("connects");
        let codec = DynamicCodec::new(method.output());
        let path = path.parse().expect("a path");
        let response = self.0.streaming(request, path, codec).await?;
        Ok(response.into_inner())
    }

    /// All responses to one message.
    async fn all(&mut self, path: &str, token: &str, message: Value) -> Result<Vec<Value>, Status> {
        let (sender, messages) = mpsc::unbounded_channel();
        sender.send(message).expect("a reader");
        drop(sender);
        let responses = self.stream(path, token, messages).await?;
        let responses: Vec<DynamicMessage> = responses.try_collect().await?;
        responses.iter().map(codec::json).collect()
    }

    async fn call(&mut self, path: &str, token: &str, message: Value) -> Result<Value, Status> {
        let mut responses = self.all(path, token, message).await?;
        assert_eq!(responses.len(), 1, "{responses:?}");
        Ok(responses.remove(0))
    }
}

#[tokio::test]
async fn grpc_and_rest_are_one_cloud_on_one_port() {
    let folder = scratch("record");
    let (traffic, audit) = (folder.join("traffic.jsonl"), folder.join("audit.jsonl"));
    let file = |path: &Path| fs::File::create(path).expect("a file");
    let observer = record::observer(Some(file(&traffic)), Some(file(&audit)));
    let (test_cloud, _commands) = TestCloud::new(Some(observer)).await;
    test_cloud
        .made(
            &format!("/v1/{}", topic()),
            json!({ "labels": { "a": "b" } }),
        )
        .await;
    test_cloud
        .made(&subscription(), json!({ "topic": topic() }))
        .await;

    let mut client = Client::of(&test_cloud);
    // Larger than tonic's default limit.
    let large = BASE64_STANDARD.encode(vec![7; 5 << 20]);
    let message = |topic: &str, data: &str| json!({ "topic": topic, "messages": [{ "data": data, "attributes": { "k": "v" } }] });
    let token = test_cloud.token.clone();
    let published = client
        .call(PUBLISH, &token, message(&topic(), &large))
        .await;
    assert_eq!(
        published.expect("published"),
        json!({ "messageIds": ["1"] })
    );

    let absent = format!("projects/{PROJECT}/topics/absent");
    for (token, topic, code) in [
        (&*test_cloud.stranger, topic(), Code::PermissionDenied),
        ("forged", topic(), Code::Unauthenticated),
        (&token, absent, Code::NotFound),
    ] {
        let refused = client.call(PUBLISH, token, message(&topic, "eA==")).await;
        let refused = refused.expect_err("refused");
        assert_eq!(refused.code(), code, "{}", refused.message());
        assert!(!refused.message().is_empty());
    }
    let get = "/google.pubsub.v1.Publisher/GetTopic";
    let got = client.call(get, &token, json!({ "topic": topic() })).await;
    let expected = json!({ "name": topic(), "labels": { "a": "b" } });
    assert_eq!(got.expect("a topic"), expected);

    let body = json!({ "maxMessages": 10, "returnImmediately": true });
    let (_, pulled) = test_cloud
        .rest(Method::POST, &format!("{}:pull", subscription()), body)
        .await;
    let received = pulled["receivedMessages"].as_array().expect("messages");
    assert_eq!(received.len(), 1, "only what was allowed");
    assert_eq!(received[0]["message"]["attributes"], json!({ "k": "v" }));
    assert_eq!(
        received[0]["message"]["data"].as_str().expect("data").len(),
        (5 << 20) / 3 * 4 + 4
    );

    let lines = |path: &Path| -> Vec<Value> {
        let text = fs::read_to_string(path).expect("a recording");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    };
    let exchanges = lines(&traffic);
    let statuses: Vec<_> = exchanges
        .iter()
        .map(|line| line["status"].clone())
        .collect();
    assert_eq!(
        json!(statuses),
        json!([200, 200, 200, 403, 401, 404, 200, 200])
    );
    assert!(exchanges.iter().all(|line| line["api"] == "pubsub"));
    let log = lines(&audit);
    assert_eq!(log[2]["principal"], "user:me@example.com");
    assert_eq!(log[2]["method"], "pubsub.projects.topics.publish");
    let written =
        fs::read_to_string(&traffic).expect("text") + &fs::read_to_string(&audit).expect("text");
    assert!(!written.contains("Bearer") && !written.contains(&test_cloud.token));
    test_cloud.server.stop().await;
    fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn a_streaming_pull_delivers_and_acknowledges() {
    let (cloud, _commands) = TestCloud::new(None).await;
    cloud.made(&format!("/v1/{}", topic()), json!({})).await;
    cloud
        .made(&subscription(), json!({ "topic": topic() }))
        .await;
    let mut client = Client::of(&cloud);
    let (requests, messages) = mpsc::unbounded_channel();
    let name = subscription();
    let first = json!({
        "subscription": name.trim_start_matches("/v1/"),
        "streamAckDeadlineSeconds": 10,
        "maxOutstandingMessages": "1",
    });
    requests.send(first).expect("a reader");
    let path = "/google.pubsub.v1.Subscriber/StreamingPull";
    let mut responses = client
        .stream(path, &cloud.token, messages)
        .await
        .expect("a stream");
    for data in ["AQ==", "Ag=="] {
        let message = json!({ "topic": topic(), "messages": [{ "data": data }] });
        client
            .call(PUBLISH, &cloud.token, message)
            .await
            .expect("published");
    }
    // One at a time, as the client asked for.
    for data in ["AQ==", "Ag=="] {
        let response = responses
            .message()
            .await
            .expect("works")
            .expect("a response");
        let response = codec::json(&response).expect("JSON");
        let received = response["receivedMessages"].as_array().expect("messages");
        assert_eq!(received.len(), 1, "{response}");
        assert_eq!(received[0]["message"]["data"], data);
        let acknowledge = json!({ "ackIds": [received[0]["ackId"]] });
        requests.send(acknowledge).expect("a reader");
    }
    drop(requests);
    assert!(responses.message().await.expect("ends").is_none());
    let body = json!({ "maxMessages": 10, "returnImmediately": true });
    let pull = format!("{}:pull", subscription());
    let (_, pulled) = cloud.rest(Method::POST, &pull, body).await;
    assert_eq!(pulled, json!({}), "all is acknowledged");
}

#[tokio::test]
async fn errors_have_their_details_and_what_is_missing_is_unimplemented() {
    let (cloud, _commands) = TestCloud::new(None).await;
    let mut client = Client::of(&cloud);
    let token = cloud.token.clone();
    let commit = "/google.firestore.v1.Firestore/Commit";
    let message = json!({ "database": format!("projects/{PROJECT}/databases/(default)") });
    let refused = client
        .call(commit, &token, message)
        .await
        .expect_err("no such database");
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
    let listen = "/google.firestore.v1.Firestore/Listen";
    let missing = client
        .all(listen, &token, json!({}))
        .await
        .expect_err("missing");
    assert_eq!(missing.code(), Code::Unimplemented);
    assert_eq!(
        missing.message(),
        "the local cloud does not have google.firestore.v1.Firestore.Listen"
    );
}

#[tokio::test]
async fn a_value_of_a_choice_is_shown_even_if_it_is_false() {
    let (test_cloud, _commands) = TestCloud::new(None).await;
    let policy =
        |project: &str| format!("projects/{project}/policies/iam.disableServiceAccountKeyUpload");
    let path = "/google.cloud.orgpolicy.v2.OrgPolicy/GetEffectivePolicy";
    let message = json!({ "name": policy(PROJECT) });
    let effective = Client::of(&test_cloud)
        .call(path, &test_cloud.token, message)
        .await;
    let spec = json!({ "rules": [{ "enforce": false }] });
    assert_eq!(
        effective.expect("a policy"),
        json!({ "name": policy("1"), "spec": spec })
    );
}
