//! Request handling: find the method, authenticate the caller, check
//! permissions, call the method.

use crate::{
    ApiError, ApiResponse, Audit, Call, Cloud, CloudResponse,
    api::{self, routes::routes, storage::xml},
    call::{PermissionCheck, parse_query},
    collection::is_of_api,
    google_name::api_at,
    partial_response::FieldMask,
    route::{Route, matches},
};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use names::Timestamp;
use serde_json::Value;

impl Cloud {
    /// Handles a request that arrived at `arrived`. The URI may be in origin
    /// form or absolute form; `origin` (`http://host:port`) is for links.
    pub fn handle(
        &mut self,
        request: &Request<Bytes>,
        origin: &str,
        arrived: Timestamp,
        now: Timestamp,
    ) -> CloudResponse {
        let mut audit = Audit {
            time: now,
            principal: String::new(),
            api: "",
            method: "",
            resource: request.uri().path().to_owned(),
            permissions: Vec::new(),
            status: 0,
        };
        let result = self.call_method(request, origin, arrived, now, &mut audit);
        let response = match result {
            Ok(ApiResponse::Json(body)) => crate::error::json_response(200, &body),
            Ok(ApiResponse::Raw(response)) => response,
            Ok(ApiResponse::WaitUntil(at)) => return CloudResponse::WaitUntil(at),
            Err(error) => error.into_response(audit.api),
        };
        audit.status = response.status().as_u16();
        api::logging::record(self, &audit);
        CloudResponse::Ready(response, Box::new(audit))
    }

    fn call_method(
        &mut self,
        request: &Request<Bytes>,
        origin: &str,
        arrived: Timestamp,
        now: Timestamp,
        audit: &mut Audit,
    ) -> Result<ApiResponse, ApiError> {
        let uri = request.uri();
        let api = api_at(origin);
        let Some((route, path)) = find(self, origin, request.method(), uri.path()) else {
            // Not 404, which clients take for "there is no such resource".
            let message = format!(
                "the local cloud does not have {} {}{}",
                request.method(),
                api.map_or("", |_| origin),
                uri.path()
            );
            return Err(ApiError::unimplemented(message));
        };
        audit.api = route.api;
        audit.method = route.id;
        let result = (|| {
            let principal = route.method.authenticate(self, request, route.api, now)?;
            audit.principal = principal.to_string();
            let call = Call {
                principal,
                path,
                query: parse_query(uri.query().unwrap_or_default()),
                headers: headers(request),
                body: body(request, route)?,
                raw: request.body().clone(),
                received: request.extensions().get().cloned(),
                arrived,
                now,
                origin: origin.to_owned(),
            };
            let required_permissions = route.method.required_permissions(self, &call)?;
            if let Some(first) = required_permissions.first() {
                audit.resource.clone_from(&first.resource.name);
            }
            let method = (route.api, route.id);
            api::serviceusage::check(self, method, &call, &required_permissions)?;
            for required in required_permissions {
                let granted = self.allows(
                    &call.principal,
                    required.permission,
                    &required.resource,
                    now,
                );
                audit.permissions.push(PermissionCheck {
                    permission: required.permission.to_owned(),
                    resource: required.resource.name.clone(),
                    parent: self.iam.container_of(&required.resource),
                    granted,
                });
                if !granted {
                    return Err(route.method.refusal(&required, &call.principal));
                }
            }
            let fields = call.query("fields").or_else(|| call.query("$fields"));
            let fields = fields
                .map(FieldMask::parse)
                .transpose()?
                .unwrap_or_default();
            let mut response = route.method.call(self, &call)?;
            if let ApiResponse::Json(body) = &mut response {
                fields.select(body);
            }
            Ok(response)
        })();
        Ok(result.unwrap_or_else(|error| ApiResponse::Raw(route.method.error(route.api, error))))
    }
}

/// A route and its path parameters.
type MatchedRoute = (
    &'static Route,
    std::collections::BTreeMap<&'static str, String>,
);

/// The matching route of the API at `origin`, if that is known, with the longest template, as
/// several may match: `{+name}` includes slashes. Where two are the same, an
/// operation that exists decides.
fn find(
    cloud: &Cloud,
    origin: &str,
    http_method: &http::Method,
    path: &str,
) -> Option<MatchedRoute> {
    if let Some(path) = xml::path(origin, path) {
        let mut routes = xml::ROUTES.iter();
        return routes.find_map(|route| {
            let found = matches(route.path, &path)?;
            (route.http_method == *http_method).then_some((route, found))
        });
    }
    let api = api_at(origin);
    routes()
        .filter(|route| route.http_method == *http_method)
        .filter(|route| api.is_none_or(|api| api == route.api))
        .filter_map(|route| {
            // gcloud keeps the path prefix of an endpoint override
            // (`/iam/v1/…`).
            let bare = path
                .strip_prefix('/')
                .and_then(|p| p.strip_prefix(route.api))
                .filter(|p| p.starts_with('/'));
            let found = matches(route.path, path).or_else(|| matches(route.path, bare?))?;
            Some((route, found))
        })
        .max_by_key(|(route, path)| (route.path.len(), is_of_api(cloud, route.api, path)))
}

/// The headers; HTTP/2 and proxied requests have the host in the URI.
fn headers(request: &Request<Bytes>) -> HeaderMap {
    let mut headers = request.headers().clone();
    let authority = request.uri().authority().map(|host| host.as_str().parse());
    if let Some(Ok(host)) = authority {
        headers.insert(header::HOST, host);
    }
    headers
}

/// The body as JSON. Uploads (`/upload/…`), XML and forms are parsed by the method.
fn body(request: &Request<Bytes>, route: &Route) -> Result<Value, ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is_json = kind.is_none_or(|k| k.as_bytes().starts_with(b"application/json"));
    let is_other = request.uri().path().contains("/upload/") || route.method.is_xml();
    if request.body().is_empty() || is_other || !is_json {
        return Ok(Value::Null);
    }
    serde_json::from_slice(request.body())
        .map_err(|e| ApiError::invalid(format!("Invalid JSON payload received. {e}")))
}
