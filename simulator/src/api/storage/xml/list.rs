//! `GET BUCKET`: lists of objects, in both versions.

use super::object::etag;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::storage::list::{self, PREFIX, token, token_after},
    xml::{element, response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let is_v2 = call.query("list-type") == Some("2");
    let after = call.query(if is_v2 { "start-after" } else { "marker" });
    let delimiter = call.query("delimiter");
    let ends_with = |name: &str| delimiter.is_some_and(|delimiter| name.ends_with(delimiter));
    // What comes after a prefix is not in it.
    let after_token = after.map(|name| match ends_with(name) {
        true => token_after(name, PREFIX),
        false => token_after(name, i64::MAX),
    });
    let continued = call.query("continuation-token").filter(|_| is_v2);
    let query = [
        ("prefix", call.query("prefix")),
        ("delimiter", delimiter),
        ("maxResults", call.query("max-keys")),
        ("pageToken", continued.or(after_token.as_deref())),
    ];
    let query = query
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let json = Call {
        query: query
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        ..call.clone()
    };
    let ApiResponse::Json(page) = list::list(cloud, &json)? else {
        return Err(ApiError::unavailable("There is no list."));
    };
    let is_encoded = call.query("encoding-type") == Some("url");
    let name = |element_name: &str, text: &str| match is_encoded {
        true => element(
            element_name,
            &utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
        ),
        false => element(element_name, text),
    };
    let given = |parameter: &str| call.query(parameter).unwrap_or_default();
    let next = page["nextPageToken"].as_str();
    let mut body = element("Name", call.path("bucket")) + &name("Prefix", given("prefix"));
    if is_v2 {
        let count = [&page["items"], &page["prefixes"]];
        let count = count.map(|list| list.as_array().map_or(0, Vec::len));
        body += &element("KeyCount", &count.iter().sum::<usize>().to_string());
        for (tag, parameter) in [
            ("StartAfter", "start-after"),
            ("ContinuationToken", "continuation-token"),
        ] {
            body += &call
                .query(parameter)
                .map_or_else(String::new, |text| name(tag, text));
        }
        body += &next.map_or_else(String::new, |next| element("NextContinuationToken", next));
    } else {
        body += &name("Marker", given("marker"));
        if let Some(next) = next {
            body += &name("NextMarker", &token(next)?.0);
        }
    }
    if let Some(delimiter) = delimiter {
        body += &name("Delimiter", delimiter);
    }
    body += &element("IsTruncated", if next.is_some() { "true" } else { "false" });
    for object in page["items"].as_array().into_iter().flatten() {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        body += "<Contents>";
        body += &name("Key", text("name"));
        for (tag, value) in [
            ("Generation", text("generation")),
            ("MetaGeneration", text("metageneration")),
            ("LastModified", text("updated")),
            ("ETag", &etag(object)),
            ("Size", text("size")),
        ] {
            body += &element(tag, value);
        }
        body += "</Contents>";
    }
    let prefixes = page["prefixes"].as_array().into_iter().flatten();
    for prefix in prefixes.filter_map(Value::as_str) {
        body += &format!(
            "<CommonPrefixes>{}</CommonPrefixes>",
            name("Prefix", prefix)
        );
    }
    let xmlns = "http://doc.s3.amazonaws.com/2006-03-01";
    let root = format!("<ListBucketResult xmlns='{xmlns}'>{body}</ListBucketResult>");
    Ok(ApiResponse::Raw(response(200, &root)))
}
