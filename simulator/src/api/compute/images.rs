//! The public images, which can only be read.

use super::{
    catalog::Image,
    read::{id, page, single},
};
use crate::collection::dialect::compute::{make_links_absolute, not_found};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

fn scope(call: &Call) -> String {
    format!("projects/{}/global/images", call.path("project"))
}

fn render(image: &Image) -> Value {
    json!({
        "kind": "compute#image",
        "id": id(&image.name),
        "name": image.name,
        "family": image.family,
        "status": "READY",
        "sourceType": "RAW",
        "architecture": "X86_64",
        "diskSizeGb": image.size_gb.to_string(),
        "selfLink": image.path(),
    })
}

fn of_project(cloud: &Cloud, call: &Call) -> Vec<Value> {
    let images = cloud.compute.settings.images.iter();
    let here = images.filter(|image| image.project == call.path("project"));
    here.map(render).collect()
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let all = of_project(cloud, call);
    single(call, &scope(call), call.path("image"), all)
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let all = of_project(cloud, call);
    page(call, &scope(call), "compute#imageList", all)
}

fn newest(cloud: &Cloud, call: &Call) -> Result<Value, ApiError> {
    let path = format!("{}/family/{}", scope(call), call.path("family"));
    let image = cloud.compute.settings.image(&path);
    let mut json = render(image.ok_or_else(|| not_found(&path))?);
    make_links_absolute(&mut json, &call.origin);
    Ok(json)
}

pub(super) fn from_family(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    Ok(ApiResponse::Json(newest(cloud, call)?))
}

/// The newest image of a family in a zone, or (gcloud) in `-`, any of them. Here it
/// is the same in every zone.
pub(super) fn family_view(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    if call.path("zone") != "-" {
        super::error::check_zone(call)?;
    }
    let image = newest(cloud, call)?;
    Ok(ApiResponse::Json(json!({ "image": image })))
}
