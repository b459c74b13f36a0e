//! Pub/Sub, v1.

use crate::{Answer, Client, Error, Kind, Message, Method, Need, Repeat, Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method as Verb;
use names::TopicName;
use serde::Deserialize;
use serde_json::json;

/// Publishes to a topic. Sent again, it publishes again: a duplicate, which
/// every subscriber must bear anyway, is better than a message lost.
pub static PUBLISH: Method = Method {
    id: "pubsub.projects.topics.publish",
    verb: Verb::POST,
    path: "/v1/{+topic}:publish",
    query: &[],
    sends: &["messages.data", "messages.attributes"],
    reads: &["messageIds"],
    repeat: Repeat::Safe,
    answer: Answer::Json,
    needs: |r| {
        vec![Need::on(
            "pubsub.topics.publish",
            "pubsub.googleapis.com",
            r.path_value("topic"),
        )]
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Published {
    message_ids: Vec<String>,
}

/// Publishes `message`; answers its id.
///
/// # Errors
/// The call failed.
pub async fn publish(
    client: &Client,
    topic: &TopicName,
    message: Message,
) -> Result<String, Error> {
    let request = Request::new(&PUBLISH).path("topic", topic).json(&json!({
        "messages": [{ "data": STANDARD.encode(&message.data), "attributes": message.attributes }]
    }));
    let mut published: Published = client.json(&request).await?;
    published.message_ids.pop().ok_or_else(|| Error {
        method: PUBLISH.id,
        resource: topic.to_string(),
        kind: Kind::Answer("no message id".into()),
    })
}
