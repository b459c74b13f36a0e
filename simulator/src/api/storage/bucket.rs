//! Buckets as they are stored and shown.

use crate::{ApiError, api::compute::is_region, collection::merge};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const MULTI_REGIONS: &[&str] = &["US", "EU", "ASIA"];
/// Predefined dual-regions, of which some countries have more (unverified).
const DUAL_REGIONS: &[&str] = &["ASIA1", "EUR4", "EUR5", "EUR7", "EUR8", "NAM4"];

/// Checks the location of a new bucket, in any case.
pub(super) fn check_location(location: &str) -> Result<(), ApiError> {
    let upper = location.to_ascii_uppercase();
    let several = [MULTI_REGIONS, DUAL_REGIONS].concat();
    match several.contains(&upper.as_str()) || is_region(&location.to_ascii_lowercase()) {
        true => Ok(()),
        false => Err(ApiError::invalid(
            "The specified location constraint is not valid.",
        )),
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bucket {
    /// Project ID.
    pub(super) project: String,
    pub(super) number: u64,
    pub(super) generation: i64,
    pub(super) metageneration: i64,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) attributes: Value,
    /// Highest generation of any of its objects so far.
    pub(super) last_generation: i64,
}

impl Bucket {
    pub(super) fn is_versioned(&self) -> bool {
        self.attributes["versioning"]["enabled"] == true
    }

    pub(super) fn is_uniform(&self) -> bool {
        self.attributes["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] == true
    }

    /// Whether public access prevention is enforced.
    pub(super) fn prevents_public_access(&self) -> bool {
        self.attributes["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    }

    pub(super) fn json(&self, name: &str, origin: &str) -> Value {
        let mut json = self.attributes.clone();
        let location = json["location"].as_str().unwrap_or_default();
        let kind = match location {
            _ if MULTI_REGIONS.contains(&location) => "multi-region",
            _ if DUAL_REGIONS.contains(&location) => "dual-region",
            _ => "region",
        };
        if kind != "region" && !json["rpo"].is_string() {
            json["rpo"] = "DEFAULT".into();
        }
        let rest = json!({
            "kind": "storage#bucket",
            "id": name,
            "name": name,
            "selfLink": format!("{origin}/storage/v1/b/{name}"),
            "projectNumber": self.number.to_string(),
            "generation": self.generation.to_string(),
            "metageneration": self.metageneration.to_string(),
            "etag": etag(self.metageneration),
            "locationType": kind,
            "timeCreated": self.created,
            "updated": self.updated,
        });
        merge(&mut json, &rest);
        json
    }

    pub(super) fn set(&mut self, patch: &Map<String, Value>, now: Timestamp) {
        let soft = self.attributes["softDeletePolicy"]["retentionDurationSeconds"].clone();
        for (key, value) in patch {
            // Lists and label values are replaced, maps merged, and `null`
            // removes.
            merge(&mut self.attributes, &json!({ key: value }));
        }
        let attributes = &mut self.attributes;
        let upper = |value: &Value| value.as_str().map(str::to_ascii_uppercase);
        attributes["location"] = upper(&attributes["location"])
            .unwrap_or_else(|| "US".into())
            .into();
        attributes["storageClass"] = upper(&attributes["storageClass"])
            .unwrap_or_else(|| "STANDARD".into())
            .into();
        let access = &mut attributes["iamConfiguration"];
        let uniform = access["uniformBucketLevelAccess"]["enabled"] == true;
        access["uniformBucketLevelAccess"]["enabled"] = uniform.into();
        access["bucketPolicyOnly"]["enabled"] = uniform.into();
        if !access["publicAccessPrevention"].is_string() {
            access["publicAccessPrevention"] = "inherited".into();
        }
        let policy = &mut attributes["softDeletePolicy"];
        // Google accepts a number for a string; the response has a string.
        let duration = &policy["retentionDurationSeconds"];
        let text = duration.as_str().map(str::to_owned);
        let text = text.unwrap_or_else(|| duration.as_u64().unwrap_or(604_800).to_string());
        let since = match text.as_str() {
            "0" => Value::Null,
            same if soft == same => policy["effectiveTime"].clone(),
            _ => json!(now),
        };
        *policy = json!({ "retentionDurationSeconds": text });
        if !since.is_null() {
            policy["effectiveTime"] = since;
        }
    }
}

fn etag(metageneration: i64) -> String {
    BASE64_STANDARD.encode(metageneration.to_be_bytes())
}
