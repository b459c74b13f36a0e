//! gRPC: each call becomes the REST call that Google's HTTP rule for the method
//! says, so that permissions, audit log and recordings are shared, and whatever is
//! simulated is there both ways.

mod caller;
mod codec;
mod descriptors;
mod rule;
mod streaming_pull;
#[cfg(test)]
mod tests;

use super::BODY_LIMIT;
use crate::Host;
use axum::{body::Body, extract::Request};
use caller::Caller;
use codec::{DynamicCodec, Messages};
use futures_util::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use http::{HeaderMap, Response, header};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use std::sync::Arc;
use tonic::{
    Status, Streaming,
    server::{Grpc, StreamingService},
};

pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// Answers a gRPC call.
pub(super) async fn call(host: Arc<Host>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    let Some(method) = descriptors::method(path) else {
        let message = format!("the local cloud does not have {path}");
        return Status::unimplemented(message).into_http();
    };
    let codec = DynamicCodec::new(method.input());
    let mut grpc = Grpc::new(codec).max_decoding_message_size(BODY_LIMIT);
    let response = grpc.streaming(Calls { host, method }, request).await;
    response.map(Body::new)
}

/// Calls of one method. On the wire a single message is a stream of one.
struct Calls {
    host: Arc<Host>,
    method: MethodDescriptor,
}

impl StreamingService<DynamicMessage> for Calls {
    type Response = DynamicMessage;
    type ResponseStream = Messages;
    type Future = BoxFuture<'static, Result<tonic::Response<Messages>, Status>>;

    fn call(&mut self, request: tonic::Request<Streaming<DynamicMessage>>) -> Self::Future {
        let caller = Caller::of(&self.host, &request);
        let method = self.method.clone();
        Box::pin(async move {
            let requests = request.into_inner();
            let responses = match method.full_name() {
                streaming_pull::METHOD => streaming_pull::start(caller, method, requests),
                _ => answer(&caller, &method, requests).await?,
            };
            Ok(tonic::Response::new(responses))
        })
    }
}

/// The responses to the only message of `requests`.
async fn answer(
    caller: &Caller,
    method: &MethodDescriptor,
    mut requests: Streaming<DynamicMessage>,
) -> Result<Messages, Status> {
    if method.is_client_streaming() {
        let name = method.full_name();
        return Err(Status::unimplemented(format!(
            "the local cloud does not have {name}"
        )));
    }
    let request = requests.try_next().await?;
    let request = request.ok_or_else(|| Status::invalid_argument("no request message"))?;
    let response = rule::call(caller, method, &request).await?;
    // REST has an array where gRPC has a stream.
    let several = response.as_array().filter(|_| method.is_server_streaming());
    let responses = several.cloned().unwrap_or_else(|| vec![response]);
    let output = method.output();
    let messages: Vec<_> = responses
        .into_iter()
        .map(|response| codec::message(&output, response))
        .collect::<Result<_, _>>()?;
    Ok(stream::iter(messages.into_iter().map(Ok)).boxed())
}
