//! The methods, and the permissions that each requires.

use super::{error::translate, list, object, parts, signed_url};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::storage::{
        permissions::{list_permissions, on_bucket, on_object, read_permissions},
        upload,
    },
    iam::{Principal, RequiredPermission},
    route::{self, Function, Method, Route},
};
use bytes::Bytes;
use http::{Method as HttpMethod, Request, Response};
use names::Timestamp;

/// The methods at one path. What a request does depends on its query, too.
#[derive(Debug)]
enum XmlMethod {
    ListObjects,
    HeadBucket,
    GetObject,
    HeadObject,
    PutObject,
    PostObject,
    DeleteObject,
}

const fn route(
    id: &'static str,
    http_method: HttpMethod,
    path: &'static str,
    method: &'static XmlMethod,
) -> Route {
    Route {
        api: "storage",
        id,
        http_method,
        path,
        method,
    }
}

const BUCKET: &str = "/{bucket}";
const OBJECT: &str = "/{bucket}/{+object}";

/// Each has the ID of the JSON method that is most like it.
#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    route("storage.objects.list", HttpMethod::GET, BUCKET, &XmlMethod::ListObjects),
    route("storage.buckets.get", HttpMethod::HEAD, BUCKET, &XmlMethod::HeadBucket),
    route("storage.objects.get", HttpMethod::GET, OBJECT, &XmlMethod::GetObject),
    route("storage.objects.get", HttpMethod::HEAD, OBJECT, &XmlMethod::HeadObject),
    route("storage.objects.insert", HttpMethod::PUT, OBJECT, &XmlMethod::PutObject),
    route("storage.objects.insert", HttpMethod::POST, OBJECT, &XmlMethod::PostObject),
    route("storage.objects.delete", HttpMethod::DELETE, OBJECT, &XmlMethod::DeleteObject),
];

/// Query parameters that make a request one for something else.
const SUBRESOURCES: [&str; 16] = [
    "acl",
    "billing",
    "compose",
    "cors",
    "delete",
    "encryption",
    "lifecycle",
    "location",
    "logging",
    "object-lock",
    "retention",
    "storageClass",
    "tagging",
    "versioning",
    "versions",
    "website",
];

impl XmlMethod {
    /// What a request does. Permissions: Google's table of IAM permissions for XML
    /// methods.
    fn function(&self, call: &Call) -> Result<Function, ApiError> {
        let has = |name: &str| call.query.iter().any(|(key, _)| key == name);
        let missing = |what: &str| {
            let message = format!("the local cloud does not have {what} of the XML API");
            Err(ApiError::unimplemented(message))
        };
        if let Some(name) = SUBRESOURCES.into_iter().find(|name| has(name)) {
            return missing(&format!("?{name}"));
        }
        let function = |required_permissions, handler| {
            Ok(Function {
                required_permissions,
                handler,
            })
        };
        match self {
            Self::ListObjects if has("uploads") => missing("GET BUCKET?uploads"),
            Self::ListObjects => function(list_permissions, list::list),
            Self::HeadBucket => function(
                |cloud, call| on_bucket(cloud, call, &["storage.buckets.get"]),
                |_, _| Ok(ApiResponse::Raw(Response::new(Bytes::new()))),
            ),
            Self::GetObject if has("uploadId") => function(
                |cloud, call| on_object(cloud, call, &["storage.multipartUploads.listParts"]),
                parts::list,
            ),
            Self::GetObject => function(read_permissions, object::get),
            Self::HeadObject => function(read_permissions, object::head),
            Self::PutObject if has("uploadId") => {
                function(|cloud, call| on_object(cloud, call, &PART), parts::upload)
            }
            Self::PutObject if has("upload_id") => {
                function(upload::resume_permissions, object::resume)
            }
            Self::PutObject if call.headers.contains_key("x-goog-copy-source") => {
                missing("x-goog-copy-source")
            }
            Self::PutObject => function(object::put_permissions, object::put),
            Self::PostObject if has("uploads") => {
                function(|cloud, call| on_object(cloud, call, &PART), parts::initiate)
            }
            Self::PostObject if has("uploadId") => {
                function(parts::complete_permissions, parts::complete)
            }
            Self::PostObject if call.headers.contains_key("x-goog-resumable") => {
                function(object::put_permissions, object::start_resumable)
            }
            Self::PostObject => missing("forms"),
            Self::DeleteObject if has("uploadId") => function(
                |cloud, call| on_object(cloud, call, &["storage.multipartUploads.abort"]),
                parts::abort,
            ),
            Self::DeleteObject if has("upload_id") => missing("DELETE ?upload_id"),
            Self::DeleteObject => function(
                |cloud, call| on_object(cloud, call, &["storage.objects.delete"]),
                object::delete,
            ),
        }
    }
}

const PART: [&str; 2] = ["storage.multipartUploads.create", "storage.objects.create"];

impl Method for XmlMethod {
    fn authenticate(
        &self,
        cloud: &Cloud,
        request: &Request<Bytes>,
        api: &str,
        now: Timestamp,
    ) -> Result<Principal, ApiError> {
        let signer = signed_url::authenticate(cloud, request, now);
        signer.unwrap_or_else(|| route::bearer(cloud, request, api, now))
    }

    fn required_permissions(
        &self,
        cloud: &Cloud,
        call: &Call,
    ) -> Result<Vec<RequiredPermission>, ApiError> {
        self.function(call)?.required_permissions(cloud, call)
    }

    fn error(&self, _: &str, error: ApiError) -> Response<Bytes> {
        translate(error).into_xml()
    }

    fn is_xml(&self) -> bool {
        true
    }

    fn call(&self, cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
        self.function(call)?.call(cloud, call)
    }
}
