//! Records exchanges and the audit log as JSON lines.

use crate::{Audit, Observer, call::parse_query};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    sync::{Mutex, PoisonError},
};

/// Replaces secrets.
const REDACTED: &str = "REDACTED";

/// Fields and query parameters with secret values.
const SECRETS: [&str; 15] = [
    "access_token",
    "accessToken",
    "assertion",
    "client_secret",
    "id_token",
    "idToken",
    "oauth_token",
    // Plaintexts of Cloud KMS.
    "plaintext",
    "privateKeyData",
    "refresh_token",
    "secretData",
    "signedJwt",
    "subject_token",
    "subjectToken",
    "token",
];

/// An observer that appends exchanges to `traffic` and audit entries to
/// `audit`, unbuffered, so that they survive a crash. An exchange is `{api,
/// method, path, query: {name: [value]}, body, status, resp}`, where `method`
/// is the HTTP method. Bodies that are not JSON and contents of objects are
/// null. Headers are omitted, and tokens are redacted.
#[must_use]
pub fn observer(traffic: Option<File>, audit: Option<File>) -> Observer {
    let (traffic, log) = (traffic.map(Mutex::new), audit.map(Mutex::new));
    Box::new(move |audit, request, response| {
        if let Some(file) = &traffic {
            write(file, &exchange(audit, request, response));
        }
        if let Some(file) = &log {
            write(file, &json!(audit));
        }
    })
}

fn write(file: &Mutex<File>, line: &Value) {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
        tracing::error!(%error, "failed to record a line");
    }
}

fn exchange(audit: &Audit, request: &Request<Bytes>, response: &Response<Bytes>) -> Value {
    let mut query: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in parse_query(request.uri().query().unwrap_or_default()) {
        let value = if SECRETS.contains(&&*name) {
            REDACTED.to_owned()
        } else {
            value
        };
        query.entry(name).or_default().push(value);
    }
    // The content of an object is user data.
    let has_param = |name: &str, value: &str| {
        query
            .get(name)
            .is_some_and(|v| v.iter().any(|v| v == value))
    };
    let (uploads, downloads) = (has_param("uploadType", "media"), has_param("alt", "media"));
    json!({
        "api": audit.api,
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": query,
        "body": if uploads { Value::Null } else { body(request.body()) },
        "status": response.status().as_u16(),
        "resp": if downloads { Value::Null } else { body(response.body()) },
    })
}

fn body(bytes: &[u8]) -> Value {
    let mut value = serde_json::from_slice(bytes).unwrap_or_default();
    redact(&mut value);
    value
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if SECRETS.contains(&&**name) && value.is_string() {
                    *value = REDACTED.into();
                }
                redact(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use names::Timestamp;

    fn audit(api: &'static str) -> Audit {
        Audit {
            time: Timestamp::from_seconds(0),
            principal: "user:u@example.com".to_owned(),
            api,
            method: "",
            resource: String::new(),
            permissions: Vec::new(),
            status: 200,
        }
    }

    #[test]
    fn object_contents_are_not_recorded() {
        for (uri, sends, gets) in [
            (
                "/upload/storage/v1/b/b/o?uploadType=media&name=o",
                Value::Null,
                json!({ "b": 2 }),
            ),
            (
                "/storage/v1/b/b/o/o?alt=media",
                json!({ "a": 1 }),
                Value::Null,
            ),
            ("/storage/v1/b/b/o/o", json!({ "a": 1 }), json!({ "b": 2 })),
        ] {
            let request = Request::builder().uri(uri).body(Bytes::from(r#"{"a":1}"#));
            let response = Response::new(Bytes::from(r#"{"b":2}"#));
            let line = exchange(&audit("storage"), &request.expect("a request"), &response);
            assert_eq!((&line["body"], &line["resp"]), (&sends, &gets), "{uri}");
        }
    }

    #[test]
    fn exchanges_are_written_whole_but_for_secrets() {
        let request = Request::builder()
            .method("POST")
            .uri("/v1/projects/p/topics?pageSize=1&pageSize=2&x=a%20b&filter=c+d%2Be&access_token=ya29.s3cret")
            .header("authorization", "Bearer ya29.s3cret")
            .body(Bytes::from(
                r#"{"a":[{"accessToken":"ya29.s3cret","b":1}]}"#,
            ))
            .expect("a request");
        let response = Response::new(Bytes::from(
            r#"{"token":"ya29.s3cret","plaintext":"S0VZ","ok":true}"#,
        ));
        assert_eq!(
            exchange(&audit("pubsub"), &request, &response),
            json!({
                "api": "pubsub", "method": "POST", "path": "/v1/projects/p/topics",
                "query": {
                    "pageSize": ["1", "2"], "x": ["a b"], "filter": ["c d+e"],
                    "access_token": ["REDACTED"],
                },
                "body": { "a": [{ "accessToken": "REDACTED", "b": 1 }] },
                "status": 200,
                "resp": { "token": "REDACTED", "plaintext": "REDACTED", "ok": true },
            })
        );
    }
}
