//! Requests to the metadata server: paths, headers, long polls, tokens.

use super::{identity::Identity, tree::Node};
use crate::{Audit, Cloud, CloudResponse, Guest, call::parse_query, iam::Principal};
use aws_lc_rs::digest;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use names::{Duration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const FLAVOR: &str = "metadata-flavor";
/// Lifetime of a token, in seconds.
const TOKEN_LIFETIME: u32 = 3599;

/// A response without its headers.
enum Body {
    Text(String),
    Json(Value),
    Redirect(String),
}

type Refusal = (u16, &'static str);

impl Cloud {
    /// Responds to a request to the metadata server of `guest`. For a machine
    /// that is not running the response is 503, as there is no connection to
    /// refuse.
    pub fn metadata(
        &mut self,
        guest: &Guest,
        request: &Request<Bytes>,
        arrived: Timestamp,
        now: Timestamp,
    ) -> CloudResponse {
        let mut audit = Audit {
            time: now,
            principal: String::new(),
            api: "metadata",
            method: "",
            resource: request.uri().path().to_owned(),
            permissions: Vec::new(),
            status: 0,
        };
        let result = self
            .identity(guest)
            .ok_or((503, "The guest is not running."))
            .and_then(|identity| {
                if let Some(account) = &identity.account {
                    audit.principal = Principal::service_account(account).to_string();
                }
                self.entry(&identity, request, arrived, now, &mut audit)
            });
        let response = match result {
            Ok(Some((body, etag))) => {
                let mut response = respond(200, body);
                response
                    .headers_mut()
                    .insert("etag", etag.parse().expect("hexadecimal"));
                response
            }
            Ok(None) => return CloudResponse::WaitUntil(deadline(&query(request), arrived)),
            Err((status, text)) => respond(status, Body::Text(text.to_owned())),
        };
        audit.status = response.status().as_u16();
        CloudResponse::Ready(response, Box::new(audit))
    }

    /// The response and its etag; `None` if a long poll has to go on waiting.
    fn entry(
        &mut self,
        identity: &Identity,
        request: &Request<Bytes>,
        arrived: Timestamp,
        now: Timestamp,
        audit: &mut Audit,
    ) -> Result<Option<(Body, String)>, Refusal> {
        let path = request.uri().path();
        if request.headers().contains_key("x-forwarded-for") {
            return Err((403, "Forwarded requests are not answered."));
        }
        if request.method() != Method::GET {
            return Err((405, "Only GET is allowed."));
        }
        let fixed = |body| Ok(Some((body, "0".to_owned())));
        if path == "/" {
            return fixed(Body::Text("computeMetadata/\n".to_owned()));
        }
        if !has_flavor_header(request.headers()) {
            return Err((403, "Missing Metadata-Flavor:Google header."));
        }
        let missing = (404, "Not found.");
        let below = path
            .strip_prefix("/computeMetadata/v1")
            .filter(|below| below.is_empty() || below.starts_with('/'))
            .ok_or(missing)?;
        let below = &percent_decode_str(below).decode_utf8_lossy();
        let query = query(request);
        let node = identity.tree.at(below).ok_or(missing)?;
        match node {
            Node::Generated => return fixed(self.token(identity, below, &query, now, audit)?),
            Node::Dir(_) if !below.ends_with('/') => {
                let search = request
                    .uri()
                    .query()
                    .map_or_else(String::new, |q| format!("?{q}"));
                return fixed(Body::Redirect(format!("{path}/{search}")));
            }
            Node::Dir(_) | Node::Leaf(_) | Node::Lines(_) => {}
        }
        let etag = etag_of(&node.json());
        if has_flag(&query, "wait_for_change") && now < deadline(&query, arrived) {
            let same = match query.get("last_etag") {
                Some(last) => *last == etag,
                None => identity.changed <= arrived,
            };
            if same {
                return Ok(None);
            }
        }
        let recursive = has_flag(&query, "recursive");
        let body = match (query.get("alt").map(String::as_str), node) {
            (Some("text"), Node::Dir(_)) if recursive => Body::Text(node.lines("")),
            (Some("json"), _) => Body::Json(node.json()),
            (_, Node::Dir(_)) if recursive => Body::Json(node.json()),
            (_, Node::Leaf(value)) if value.is_object() => Body::Json(value.clone()),
            _ => Body::Text(node.listing()),
        };
        Ok(Some((body, etag)))
    }

    /// Access tokens and ID tokens.
    fn token(
        &mut self,
        identity: &Identity,
        path: &str,
        query: &BTreeMap<String, String>,
        now: Timestamp,
        audit: &mut Audit,
    ) -> Result<Body, Refusal> {
        let account = identity
            .account
            .as_deref()
            .ok_or((404, "No service account."))?;
        if path.ends_with("/token") {
            audit.method = "token";
            if identity.scopes.is_empty() {
                return Err((403, "The instance has no scopes."));
            }
            let token = self.mint(&Principal::service_account(account), now);
            return Ok(Body::Json(json!({
                "access_token": token, "expires_in": TOKEN_LIFETIME, "token_type": "Bearer",
            })));
        }
        audit.method = "identity";
        let audience = query
            .get("audience")
            .filter(|audience| !audience.is_empty());
        let audience = audience.ok_or((400, "Non-empty audience parameter required."))?;
        let full = query.get("format").is_some_and(|format| format == "full");
        let claims = if full {
            identity.claims.clone()
        } else {
            Map::new()
        };
        Ok(Body::Text(self.id_token(account, audience, claims, now)))
    }
}

fn has_flavor_header(headers: &HeaderMap) -> bool {
    headers
        .get(FLAVOR)
        .is_some_and(|value| value.as_bytes() == b"Google")
}

fn query(request: &Request<Bytes>) -> BTreeMap<String, String> {
    parse_query(request.uri().query().unwrap_or_default())
        .into_iter()
        .collect()
}

fn has_flag(query: &BTreeMap<String, String>, flag: &str) -> bool {
    query
        .get(flag)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// When a long poll ends without a change; after an hour unless it has a
/// timeout.
fn deadline(query: &BTreeMap<String, String>, arrived: Timestamp) -> Timestamp {
    let seconds = query.get("timeout_sec").and_then(|text| text.parse().ok());
    arrived + Duration::from_secs(seconds.unwrap_or(3600))
}

fn etag_of(value: &Value) -> String {
    let digest = digest::digest(&digest::SHA256, value.to_string().as_bytes());
    digest.as_ref()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn respond(status: u16, body: Body) -> Response<Bytes> {
    let mut response = Response::builder()
        .header(FLAVOR, "Google")
        .header("server", "Metadata Server for VM");
    let (status, kind, text) = match body {
        Body::Text(text) => (status, "application/text", text),
        Body::Json(json) => (status, "application/json", json.to_string()),
        Body::Redirect(to) => {
            response = response.header("location", to);
            (301, "text/html", String::new())
        }
    };
    let status = StatusCode::from_u16(status).expect("a status of ours");
    response
        .status(status)
        .header("content-type", kind)
        .body(Bytes::from(text))
        .expect("headers of ours")
}
