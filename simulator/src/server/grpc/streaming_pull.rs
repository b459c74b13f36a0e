//! `StreamingPull`: messages are pulled while the client listens, and what it
//! acknowledges on the same stream is acknowledged, by the REST methods.

use super::{
    caller::Caller,
    codec::{self, Messages},
};
use futures_util::{StreamExt, stream};
use http::Method;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

pub(super) const METHOD: &str = "google.pubsub.v1.Subscriber.StreamingPull";

/// The most messages of one response.
const BATCH: u64 = 100;

/// Starts a stream, which ends with the client's.
pub(super) fn start(
    caller: Caller,
    method: MethodDescriptor,
    requests: Streaming<DynamicMessage>,
) -> Messages {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let pulling = Pulling {
            caller,
            method,
            sender: sender.clone(),
            path: String::new(),
            deadline: 0,
            limit: 0,
            outstanding: BTreeSet::new(),
        };
        if let Err(status) = pulling.run(requests).await {
            // Fails if the client has gone.
            let _ = sender.send(Err(status)).await;
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        let item = receiver.recv().await?;
        Some((item, receiver))
    })
    .boxed()
}

struct Pulling {
    caller: Caller,
    method: MethodDescriptor,
    sender: mpsc::Sender<Result<DynamicMessage, Status>>,
    /// `/v1/projects/p/subscriptions/s`; empty before the first request.
    path: String,
    /// Seconds in which the client acknowledges; 0 for the subscription's.
    deadline: u64,
    /// The most messages that are not acknowledged; 0 for any number.
    limit: u64,
    outstanding: BTreeSet<String>,
}

impl Pulling {
    async fn run(mut self, mut requests: Streaming<DynamicMessage>) -> Result<(), Status> {
        let first = requests.message().await?;
        let first = first.ok_or_else(|| Status::invalid_argument("no request message"))?;
        let first = codec::json(&first)?;
        let subscription = first["subscription"].as_str().unwrap_or_default();
        self.path = format!("/v1/{subscription}");
        self.limit = number(&first["maxOutstandingMessages"]);
        self.handle(&first).await?;
        loop {
            let free = self.free();
            let pull = async {
                match free {
                    0 => std::future::pending().await,
                    _ => self.post("pull", json!({ "maxMessages": free })).await,
                }
            };
            // A pull that is dropped before it is answered has taken nothing.
            tokio::select! {
                biased;
                () = self.sender.closed() => return Ok(()),
                request = requests.message() => match request? {
                    Some(request) => self.handle(&codec::json(&request)?).await?,
                    None => return Ok(()),
                },
                pulled = pull => self.deliver(pulled?).await?,
            }
        }
    }

    /// How many messages may be sent now.
    fn free(&self) -> u64 {
        match self.limit {
            0 => BATCH,
            limit => BATCH.min(limit.saturating_sub(self.outstanding.len() as u64)),
        }
    }

    async fn post(&self, verb: &str, body: Value) -> Result<Value, Status> {
        let uri = format!("{}:{verb}", self.path);
        self.caller.call(&Method::POST, &uri, Some(&body)).await
    }

    /// Acknowledges and extends what a request says.
    async fn handle(&mut self, request: &Value) -> Result<(), Status> {
        match number(&request["streamAckDeadlineSeconds"]) {
            0 => {}
            deadline => self.deadline = deadline,
        }
        let acknowledged = strings(&request["ackIds"]);
        if !acknowledged.is_empty() {
            self.post("acknowledge", json!({ "ackIds": acknowledged }))
                .await?;
            for id in acknowledged {
                self.outstanding.remove(id);
            }
        }
        let mut by_deadline: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
        let seconds = request["modifyDeadlineSeconds"].as_array();
        let seconds = seconds.into_iter().flatten().map(number);
        for (id, seconds) in strings(&request["modifyDeadlineAckIds"])
            .into_iter()
            .zip(seconds)
        {
            by_deadline.entry(seconds).or_default().push(id);
            if seconds == 0 {
                self.outstanding.remove(id);
            }
        }
        for (seconds, ids) in by_deadline {
            self.extend(&ids, seconds).await?;
        }
        Ok(())
    }

    async fn extend(&self, ids: &[&str], seconds: u64) -> Result<(), Status> {
        let body = json!({ "ackIds": ids, "ackDeadlineSeconds": seconds });
        self.post("modifyAckDeadline", body).await.map(drop)
    }

    async fn deliver(&mut self, pulled: Value) -> Result<(), Status> {
        let messages = pulled["receivedMessages"].as_array();
        let ids = messages
            .into_iter()
            .flatten()
            .filter_map(|m| m["ackId"].as_str());
        let ids: Vec<&str> = ids.collect();
        if ids.is_empty() {
            return Ok(());
        }
        if self.deadline != 0 {
            self.extend(&ids, self.deadline).await?;
        }
        self.outstanding
            .extend(ids.iter().map(|id| (*id).to_owned()));
        let response = codec::message(&self.method.output(), pulled)?;
        // Fails if the client has gone: the messages come again after their deadline.
        let _ = self.sender.send(Ok(response)).await;
        Ok(())
    }
}

/// A number; 64-bit ones are strings in JSON.
fn number(value: &Value) -> u64 {
    let text = value.as_str().and_then(|text| text.parse().ok());
    value.as_u64().or(text).unwrap_or_default()
}

fn strings(value: &Value) -> Vec<&str> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}
