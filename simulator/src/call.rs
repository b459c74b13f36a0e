//! A request as API methods see it, and the possible responses.

use crate::{ApiError, camel_case::camel_case, content::Received, iam::Principal};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use names::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A routed and authenticated request.
#[derive(Debug, Clone)]
pub struct Call {
    /// The authenticated caller.
    pub principal: Principal,
    /// The values of `{…}` in the path template, percent-decoded.
    pub path: BTreeMap<&'static str, String>,
    /// Query parameters, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Request headers.
    pub headers: HeaderMap,
    /// The raw body.
    pub raw: Bytes,
    /// The content that an upload brings, if it is not in `raw`.
    pub(crate) received: Option<Received>,
    /// The body as JSON; `Null` if it is empty or an upload.
    pub body: Value,
    /// When the request arrived. For a long poll this is before `now`.
    pub arrived: Timestamp,
    /// Current time.
    pub now: Timestamp,
    /// Scheme and authority for links (`http://127.0.0.1:8085`).
    pub origin: String,
}

impl Call {
    /// The path parameter `name`; empty if the route has none.
    #[must_use]
    pub fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The first query parameter `name`, in either spelling, unless it is empty.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        let is_it = |key: &str| key == name || key.contains('_') && camel_case(key) == name;
        let (_, value) = self.query.iter().find(|(key, _)| is_it(key))?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// A query parameter that is a non-negative integer.
    ///
    /// # Errors
    /// 400 if it is not a number.
    pub fn query_u64(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.query(name)
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| ApiError::invalid(format!("Invalid value for query parameter {name}.")))
    }
}

/// The response of an API method.
#[derive(Debug)]
pub enum ApiResponse {
    /// 200 with a JSON body.
    Json(Value),
    /// Any other response.
    Raw(Response<Bytes>),
    /// None yet: call again when the cloud has changed, at this time at the
    /// latest.
    WaitUntil(Timestamp),
}

impl ApiResponse {
    /// 204 without a body.
    pub(crate) fn no_content() -> Self {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Self::Raw(response)
    }
}

/// The response of [`crate::Cloud::handle`].
#[derive(Debug)]
pub enum CloudResponse {
    /// The response and its entry in the audit log.
    Ready(Response<Bytes>, Box<Audit>),
    /// A long poll: handle the same request with the same arrival time again
    /// when the cloud has changed, at this time at the latest.
    WaitUntil(Timestamp),
}

/// An entry of the audit log.
#[derive(Debug, Clone, Serialize)]
pub struct Audit {
    /// Time of the response.
    pub time: Timestamp,
    /// The caller; empty if unknown.
    pub principal: String,
    /// The API's name in discovery (`compute`).
    pub api: &'static str,
    /// Method ID in Google's discovery document; empty if there is none.
    pub method: &'static str,
    /// The resource of the first required permission, or the path.
    pub resource: String,
    /// All permission checks, in order.
    pub permissions: Vec<PermissionCheck>,
    /// HTTP status of the response.
    pub status: u16,
}

/// A permission check.
#[derive(Debug, Clone, Serialize)]
pub struct PermissionCheck {
    /// The permission, such as `compute.instances.create`.
    pub permission: String,
    /// Name of the resource, as in error messages.
    pub resource: String,
    /// What contains the resource: a project (`projects/p`), else a folder,
    /// organisation or billing account.
    pub parent: String,
    /// Whether the permission was granted.
    pub granted: bool,
}

/// Parses a query string; parameters are decoded and in order.
pub(crate) fn parse_query(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}
