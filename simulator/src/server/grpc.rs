//! Pub/Sub's gRPC, of which clients publish with: each call becomes the same
//! REST call, so that permissions, the audit log and recordings are one path.

use super::BODY_LIMIT;
use crate::Host;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use googleapis_tonic_google_pubsub_v1::google::pubsub::v1::{
    GetTopicRequest, PublishRequest, PublishResponse, Topic,
};
use http::{Method, Request as Http, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::{Code, Request, Response, Status, service::Routes};

/// What tonic generates from the table in `build.rs`.
pub(super) mod generated {
    #![allow(
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        clippy::all,
        clippy::pedantic,
        clippy::use_self,
        clippy::wildcard_enum_match_arm,
        reason = "generated"
    )]
    tonic::include_proto!("google.pubsub.v1.Publisher");
}

use generated::publisher_server::{Publisher, PublisherServer};

/// What a resource name may hold as it is in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

pub(super) fn routes(host: Arc<Host>) -> axum::Router {
    let publisher = PublisherServer::new(Rest(host)).max_decoding_message_size(BODY_LIMIT);
    Routes::new(publisher).into_axum_router()
}

struct Rest(Arc<Host>);

impl Rest {
    /// `POST`s the body, or `GET`s without one, in the name of the gRPC caller.
    async fn call<T>(
        &self,
        from: &Request<T>,
        path: &str,
        verb: &str,
        body: Option<Value>,
    ) -> Result<Value, Status> {
        let uri = format!("/v1/{}{verb}", utf8_percent_encode(path, PLAIN));
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut http = Http::builder().method(method).uri(uri);
        if let Some(token) = from.metadata().get(header::AUTHORIZATION.as_str()) {
            http = http.header(header::AUTHORIZATION, token.as_bytes());
        }
        let body = body
            .map(|body| Bytes::from(body.to_string()))
            .unwrap_or_default();
        let http = http
            .body(body)
            .map_err(|e| Status::invalid_argument(e.to_string()))?;
        let response = self.0.call(http).await;
        let body: Value = serde_json::from_slice(response.body())
            .map_err(|e| Status::internal(format!("the REST answer is not JSON: {e}")))?;
        if response.status().is_success() {
            return Ok(body);
        }
        let message = body["error"]["message"].as_str().unwrap_or_default();
        Err(Status::new(code(response.status().as_u16()), message))
    }
}

const fn code(status: u16) -> Code {
    match status {
        400 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::NotFound,
        409 => Code::AlreadyExists,
        412 => Code::FailedPrecondition,
        429 => Code::ResourceExhausted,
        500 => Code::Internal,
        501 => Code::Unimplemented,
        503 => Code::Unavailable,
        504 => Code::DeadlineExceeded,
        _ => Code::Unknown,
    }
}

#[tonic::async_trait]
impl Publisher for Rest {
    async fn publish(
        &self,
        request: Request<PublishRequest>,
    ) -> Result<Response<PublishResponse>, Status> {
        let PublishRequest { topic, messages } = request.get_ref();
        let messages: Vec<Value> = messages
            .iter()
            .map(|message| {
                json!({
                    "data": BASE64_STANDARD.encode(&message.data),
                    "attributes": message.attributes,
                    "orderingKey": message.ordering_key,
                })
            })
            .collect();
        let body = Some(json!({ "messages": messages }));
        let mut answer = self.call(&request, topic, ":publish", body).await?;
        let message_ids = serde_json::from_value(answer["messageIds"].take())
            .map_err(|e| Status::internal(format!("messageIds: {e}")))?;
        Ok(Response::new(PublishResponse { message_ids }))
    }

    /// Only the name and the labels are told.
    async fn get_topic(
        &self,
        request: Request<GetTopicRequest>,
    ) -> Result<Response<Topic>, Status> {
        let mut answer = self
            .call(&request, &request.get_ref().topic, "", None)
            .await?;
        Ok(Response::new(Topic {
            name: answer["name"].as_str().unwrap_or_default().to_owned(),
            labels: serde_json::from_value(answer["labels"].take()).unwrap_or_default(),
            ..Topic::default()
        }))
    }
}
