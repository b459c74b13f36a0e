//! One request as an API's method sees it, and what may come of it.

use crate::{ApiError, iam::Principal};
use bytes::Bytes;
use http::{HeaderMap, Response};
use names::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A request, routed and authenticated.
#[derive(Debug)]
pub struct Call {
    /// Who asks.
    pub principal: Principal,
    /// What the `{…}` of the path template matched, percent-decoded.
    pub path: BTreeMap<&'static str, String>,
    /// The query, in order, decoded.
    pub query: Vec<(String, String)>,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub raw: Bytes,
    /// The body as JSON; `Null` if it is empty or an upload.
    pub body: Value,
    /// When the request arrived. Later than that by the time waited in a long poll.
    pub arrived: Timestamp,
    /// The present time.
    pub now: Timestamp,
    /// The scheme and authority to use in links (`http://127.0.0.1:8085`).
    pub origin: String,
}

impl Call {
    /// The part of the path called `name`; the route's template must hold it.
    #[must_use]
    pub fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The first query parameter called `name`, unless it is empty.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// A whole number from the query.
    ///
    /// # Errors
    /// 400 if it is there and not a number.
    pub fn query_u64(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.query(name)
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| ApiError::invalid(format!("Invalid value for query parameter {name}.")))
    }
}

/// What a method answers.
#[derive(Debug)]
pub enum Answer {
    /// 200 with JSON.
    Json(Value),
    /// Anything else, whole.
    Raw(Response<Bytes>),
    /// Nothing yet: ask again when the world changed, at the latest then.
    Later(Timestamp),
}

/// What [`crate::Cloud::handle`] answers.
#[derive(Debug)]
pub enum Reply {
    /// The answer and its line in the audit log.
    Ready(Response<Bytes>, Box<Audit>),
    /// A long poll: hand in the same request, with the same time of arrival,
    /// when the cloud has changed, and at the latest at this time.
    Later(Timestamp),
}

/// One call in the audit log.
#[derive(Debug, Clone, Serialize)]
pub struct Audit {
    /// When it was answered.
    pub time: Timestamp,
    /// Who asked; empty if nobody could be told.
    pub principal: String,
    /// The API (`compute`), as discovery names it.
    pub api: &'static str,
    /// The method's id in Google's discovery document; empty if there is none.
    pub method: &'static str,
    /// The resource that the first permission was asked on, or the path.
    pub resource: String,
    /// Every permission that was asked, in order.
    pub permissions: Vec<Asked>,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// A permission asked on a resource.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    /// Such as `compute.instances.create`.
    pub permission: String,
    /// The resource's name as it stands in error messages.
    pub resource: String,
    /// Whether it was granted.
    pub granted: bool,
}

/// The parameters of a query string, in order, decoded.
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
