//! Calls the methods of one API without authentication and permission checks.

use crate::{
    ApiResponse, Call, Cloud,
    api::routes::routes,
    iam::Principal,
    route::{Route, matches},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use names::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

pub(crate) struct TestApi {
    pub(crate) cloud: Cloud,
    /// The API's name in discovery (`cloudkms`).
    pub(crate) api: &'static str,
    pub(crate) now: Timestamp,
}

impl TestApi {
    fn routes(&self) -> impl Iterator<Item = &'static Route> {
        routes().filter(|route| route.api == self.api)
    }

    fn find(
        &self,
        http_method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (&'static Route, Call) {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let http_method = Method::from_bytes(http_method.as_bytes()).expect("an HTTP method");
        let (route, path) = self
            .routes()
            .filter(|route| route.http_method == http_method)
            .filter_map(|route| Some((route, matches(route.path, path)?)))
            .max_by_key(|(route, _)| route.path.len())
            .unwrap_or_else(|| panic!("no route for {http_method} {uri}"));
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            map.insert(name, HeaderValue::from_str(value).expect("a value"));
        }
        let call = Call {
            principal: Principal::user("ann@example.com"),
            path,
            query: query
                .map(|(key, value)| (decode(key), decode(value)))
                .collect(),
            headers: map,
            raw: Bytes::copy_from_slice(body),
            received: None,
            body: if uri.contains("/upload/") {
                Value::Null
            } else {
                serde_json::from_slice(body).unwrap_or(Value::Null)
            },
            arrived: self.now,
            now: self.now,
            origin: "http://localhost:1".to_owned(),
        };
        (route, call)
    }

    /// The complete response.
    pub(crate) fn raw(
        &mut self,
        http_method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response<Bytes> {
        let (route, call) = self.find(http_method, uri, headers, body);
        // Errors of `required_permissions` come first.
        match route
            .method
            .required_permissions(&self.cloud, &call)
            .and_then(|_| route.method.call(&mut self.cloud, &call))
        {
            Ok(ApiResponse::Json(body)) => crate::error::json_response(200, &body),
            Ok(ApiResponse::Raw(response)) => response,
            Ok(ApiResponse::WaitUntil(_)) => panic!("nothing here waits"),
            Err(error) => error.into_response(route.api),
        }
    }

    /// Status and JSON body.
    pub(crate) fn ask(&mut self, http_method: &str, uri: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let response = self.raw(http_method, uri, &[], &body);
        let json = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), json)
    }

    /// The response to a call that must succeed.
    pub(crate) fn expect_ok(&mut self, http_method: &str, uri: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(http_method, uri, body);
        assert!(
            matches!(status, 200 | 204),
            "{http_method} {uri}: {status} {answer}"
        );
        answer
    }

    /// Status, code or reason, and message of a call that must fail.
    pub(crate) fn expect_error(
        &mut self,
        http_method: &str,
        uri: &str,
        body: &Value,
    ) -> (u16, String, String) {
        let (status, answer) = self.ask(http_method, uri, body);
        let error = &answer["error"];
        let code = error["status"]
            .as_str()
            .or_else(|| error["errors"][0]["reason"].as_str());
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        (status, code.unwrap_or_default().to_owned(), message)
    }

    /// The permissions that a call requires, as `permission name`.
    pub(crate) fn required_permissions(
        &self,
        http_method: &str,
        uri: &str,
        body: &Value,
    ) -> Vec<String> {
        let (route, call) = self.find(http_method, uri, &[], body.to_string().as_bytes());
        let required = route
            .method
            .required_permissions(&self.cloud, &call)
            .expect("a good call");
        required
            .iter()
            .map(|n| format!("{} {}", n.permission, n.resource.name))
            .collect()
    }

    /// Advances the time by this many microseconds.
    pub(crate) fn wait(&mut self, micros: u64) {
        self.now = self.now + names::Duration::from_micros(micros);
    }
}
