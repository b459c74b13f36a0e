//! Routes: path templates of API methods, and their handlers.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{Principal, RequiredPermission},
};
use bytes::Bytes;
use http::{Request, Response, header};
use names::Timestamp;
use percent_encoding::percent_decode_str;
use std::{collections::BTreeMap, fmt::Debug};

/// One method of one API. Every API has a table of these.
#[derive(Debug)]
pub(crate) struct Route {
    /// The API's name in discovery (`compute`), also accepted as a path prefix.
    pub(crate) api: &'static str,
    /// Method ID in discovery (`compute.instances.insert`).
    pub(crate) id: &'static str,
    pub(crate) http_method: http::Method,
    /// Path template as in discovery: `{name}` is one segment, `{+name}` is one
    /// or more; a custom verb `:verb` may follow.
    pub(crate) path: &'static str,
    pub(crate) method: &'static dyn Method,
}

/// What a route leads to.
pub(crate) trait Method: Debug + Send + Sync {
    /// The permissions that the caller must have. They are checked before
    /// anything about the resource is revealed.
    fn required_permissions(
        &self,
        cloud: &Cloud,
        call: &Call,
    ) -> Result<Vec<RequiredPermission>, ApiError>;

    /// Who calls: anyone if the request has no credentials.
    fn authenticate(
        &self,
        cloud: &Cloud,
        request: &Request<Bytes>,
        api: &str,
        now: Timestamp,
    ) -> Result<Principal, ApiError> {
        bearer(cloud, request, api, now)
    }

    /// The error if the caller does not have a required permission.
    fn refusal(&self, missing: &RequiredPermission, caller: &Principal) -> ApiError {
        missing.refusal(caller)
    }

    /// The response to an error.
    fn error(&self, api: &str, error: ApiError) -> Response<Bytes> {
        error.into_response(api)
    }

    /// Whether requests and responses are XML.
    fn is_xml(&self) -> bool {
        false
    }

    /// Calls the method.
    fn call(&self, cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError>;
}

/// The principal of the token in the `Authorization` header.
pub(crate) fn bearer(
    cloud: &Cloud,
    request: &Request<Bytes>,
    api: &str,
    now: Timestamp,
) -> Result<Principal, ApiError> {
    match request.headers().get(header::AUTHORIZATION) {
        Some(value) => cloud.iam.caller(value.as_bytes(), api, now),
        None => Ok(Principal::anonymous()),
    }
}

/// A method that is a function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) required_permissions: fn(&Cloud, &Call) -> Result<Vec<RequiredPermission>, ApiError>,
    pub(crate) handler: fn(&mut Cloud, &Call) -> Result<ApiResponse, ApiError>,
}

impl Method for Function {
    fn required_permissions(
        &self,
        cloud: &Cloud,
        call: &Call,
    ) -> Result<Vec<RequiredPermission>, ApiError> {
        (self.required_permissions)(cloud, call)
    }

    fn call(&self, cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
        (self.handler)(cloud, call)
    }
}

/// Matches `path` (percent-encoded) against a template. `{name}` does not match
/// a literal `:`, which begins a custom verb.
pub(crate) fn matches(
    template: &'static str,
    path: &str,
) -> Option<BTreeMap<&'static str, String>> {
    let mut found = BTreeMap::new();
    walk(template, path, &mut found).then_some(found)
}

fn walk(template: &'static str, path: &str, found: &mut BTreeMap<&'static str, String>) -> bool {
    let Some(open) = template.find('{') else {
        return template == path;
    };
    let Some(rest) = path.strip_prefix(&template[..open]) else {
        return false;
    };
    let close = open + template[open..].find('}').expect("templates are closed");
    let (name, many) = match template[open + 1..close].strip_prefix('+') {
        Some(name) => (name, true),
        None => (&template[open + 1..close], false),
    };
    let after = &template[close + 1..];
    // Longest match first.
    let limit = rest
        .find(|c| c == ':' || (c == '/' && !many))
        .unwrap_or(rest.len());
    let mut end = limit;
    loop {
        if end == 0 {
            return false;
        }
        if walk(after, &rest[end..], found) {
            let value = percent_decode_str(&rest[..end]).decode_utf8_lossy();
            found.insert(name, value.into_owned());
            return true;
        }
        match many.then(|| rest[..end].rfind('/')).flatten() {
            Some(shorter) => end = shorter,
            None => return false,
        }
    }
}

/// A table of routes. The first form is for the methods of one API and gives
/// what they share: prefixes of method IDs and paths. In the second each route
/// names its API.
macro_rules! routes {
    (
        api $api:literal, $id_prefix:literal, $path_prefix:literal;
        $($id:literal $http_method:ident $path:literal $required_permissions:expr, $handler:expr;)*
    ) => {
        &[$($crate::route::Route {
            api: $api,
            id: concat!($id_prefix, $id),
            http_method: ::http::Method::$http_method,
            path: concat!($path_prefix, $path),
            method: &$crate::route::Function {
                required_permissions: $required_permissions,
                handler: $handler,
            },
        },)*]
    };
    ($($api:literal $id:literal $http_method:ident $path:literal $required_permissions:expr, $handler:expr;)*) => {
        &[$($crate::route::Route {
            api: $api,
            id: $id,
            http_method: ::http::Method::$http_method,
            path: $path,
            method: &$crate::route::Function {
                required_permissions: $required_permissions,
                handler: $handler,
            },
        },)*]
    };
}

pub(crate) use routes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_match_as_in_discovery() {
        let found = matches(
            "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}",
            "/compute/v1/projects/p/zones/z/instances/i",
        );
        assert_eq!(found.expect("matches")["instance"], "i");
        let found = matches("/v1/{+topic}:publish", "/v1/projects/p/topics/t:publish");
        assert_eq!(found.expect("matches")["topic"], "projects/p/topics/t");
        assert!(matches("/v1/{+topic}", "/v1/projects/p/topics/t:publish").is_none());
        assert!(matches("/b/{bucket}/o", "/b/x/y/o").is_none());
        let found = matches("/b/{bucket}/o/{object}", "/b/x/o/a%2Fb%3Ac");
        assert_eq!(found.expect("matches")["object"], "a/b:c");
    }
}
