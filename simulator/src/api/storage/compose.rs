//! `objects.compose`: one object of several.

use super::{
    fields::settable_fields,
    object::SETTABLE,
    permissions::write_permissions,
    precondition::Preconditions,
    resource::object_resource,
    view::{self, Projection},
};
use crate::{ApiError, ApiResponse, Call, Cloud, content::Content, iam::RequiredPermission};
use serde_json::Value;

/// Google's limit for one call.
const MAX_SOURCES: usize = 32;

/// A source object: name, generation, and the generation that it must have.
struct Source<'a> {
    name: &'a str,
    generation: Option<u64>,
    must_be: Option<i64>,
}

fn sources(call: &Call) -> Result<Vec<Source<'_>>, ApiError> {
    let sources = call.body["sourceObjects"].as_array();
    let sources = sources.map_or(&[][..], Vec::as_slice);
    if sources.is_empty() || sources.len() > MAX_SOURCES {
        return Err(ApiError::invalid(format!(
            "The number of source components provided ({}) must be from 1 to {MAX_SOURCES}.",
            sources.len()
        )));
    }
    sources.iter().map(source).collect()
}

fn source(source: &Value) -> Result<Source<'_>, ApiError> {
    let number = |value: &Value| {
        if value.is_null() {
            return Ok(None);
        }
        let text = value.as_str();
        let text = text.map_or_else(|| value.to_string(), str::to_owned);
        let number = text.parse::<u64>().map(Some);
        number.map_err(|_| ApiError::invalid(format!("Invalid value for generation: {text}")))
    };
    let must_be = number(&source["objectPreconditions"]["ifGenerationMatch"])?;
    Ok(Source {
        name: source["name"]
            .as_str()
            .ok_or_else(|| ApiError::invalid("Required parameter: sourceObjects[].name"))?,
        generation: number(&source["generation"])?,
        must_be: must_be.map(|number| i64::try_from(number).unwrap_or(i64::MAX)),
    })
}

pub(super) fn required_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let bucket = call.path("destinationBucket");
    cloud.storage.bucket(bucket)?;
    let read = sources(call)?.into_iter().map(|source| {
        RequiredPermission::new("storage.objects.get", object_resource(bucket, source.name))
    });
    let mut required: Vec<_> = read.collect();
    required.extend(write_permissions(
        cloud,
        call,
        bucket,
        call.path("destinationObject"),
    )?);
    Ok(required)
}

/// `POST /b/{b}/o/{o}/compose`.
pub(super) fn compose(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let bucket = call.path("destinationBucket");
    let mut contents = Vec::new();
    let mut components = 0;
    for source in sources(call)? {
        let object = cloud
            .storage
            .object(bucket, source.name, source.generation)?;
        if source
            .must_be
            .is_some_and(|must_be| object.generation != must_be)
        {
            return Err(ApiError::precondition(
                "At least one of the pre-conditions you specified did not hold.",
            ));
        }
        components += object.components.unwrap_or(1);
        contents.push(&object.content);
    }
    let content = Content::joined(contents.into_iter());
    let preconditions = Preconditions::from_call(call, "")?;
    let attributes = settable_fields(&call.body["destination"], SETTABLE)?;
    let storage = &mut cloud.storage;
    let destination = (bucket, call.path("destinationObject"));
    let composed = storage.put(call, destination, &preconditions, attributes, content)?;
    composed.components = Some(components);
    view::object_response(cloud, call, destination, None, Projection::NoAcl)
}
