//! Streaming methods, which by REST return an array.

use crate::{Client, Error, ErrorKind, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Sends a request to a streaming method, which by REST returns an array. A
/// stream that fails midway has status 200, and the error as its last element.
pub(super) async fn stream<T: DeserializeOwned>(
    client: &Client,
    request: &Request,
) -> Result<Vec<T>, Error> {
    let parts: Vec<Value> = client.json(request).await?;
    read_stream(parts).map_err(|kind| Error::new(request, kind))
}

pub(super) fn read_stream<T: DeserializeOwned>(parts: Vec<Value>) -> Result<Vec<T>, ErrorKind> {
    if let Some(part) = parts.iter().find(|part| !part["error"].is_null()) {
        let code = part["error"]["code"].as_u64();
        let status = code.and_then(|code| u16::try_from(code).ok());
        let body = part.to_string().into();
        return Err(ErrorKind::from_response(status.unwrap_or(500), None, &body));
    }
    let parts = parts.into_iter().map(serde_json::from_value);
    parts
        .collect::<Result<_, _>>()
        .map_err(|e| ErrorKind::InvalidResponse(e.to_string()))
}
