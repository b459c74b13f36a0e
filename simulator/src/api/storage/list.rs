//! Lists of objects, by prefix and delimiter, in pages.

use super::{
    folder,
    object::Object,
    view::{self, Projection},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const MAX_RESULTS: u64 = 1000;

/// `GET /b/{b}/o`.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    for unknown in ["matchGlob", "softDeleted", "filter"] {
        if call
            .query(unknown)
            .is_some_and(|v| !v.eq_ignore_ascii_case("false"))
        {
            let message = format!("The simulator does not support the parameter {unknown}.");
            return Err(ApiError::unimplemented(message));
        }
    }
    let is_true = |name| {
        call.query(name)
            .is_some_and(|v| v.eq_ignore_ascii_case("true"))
    };
    let bucket = call.path("bucket");
    let inside = format!("{bucket}/{}", call.query("prefix").unwrap_or_default());
    let storage = &cloud.storage;
    // Sorted as in the response: by name, then by generation.
    let mut found: BTreeMap<(&str, i64), &Object> = BTreeMap::new();
    let before = bucket.len() + 1;
    for (key, object) in storage.objects.with_prefix(&inside) {
        found.insert((&key[before..], object.generation), object);
    }
    if is_true("versions") {
        for (key, object) in storage.versions.with_prefix(&inside) {
            let name = key.rsplit_once('#').map_or(key.as_str(), |(name, _)| name);
            found.insert((&name[before..], object.generation), object);
        }
    }
    // `\0` makes the name of a managed folder that of an object in it, which
    // sorts before all others.
    let folders: Vec<String> = match call.query("delimiter") {
        Some("/") if is_true("includeFoldersAsPrefixes") => {
            let prefix = call.query("prefix").unwrap_or_default();
            folder::names(cloud, bucket, prefix)
                .filter(|name| *name != prefix)
                .map(|name| format!("{name}\0"))
                .collect()
        }
        Some(_) | None => Vec::new(),
    };
    let names: BTreeSet<(&str, i64)> = found
        .keys()
        .copied()
        .chain(folders.iter().map(|name| (name.as_str(), 0)))
        .collect();
    let query = Query {
        prefix: call.query("prefix").unwrap_or_default(),
        delimiter: call.query("delimiter"),
        trailing: is_true("includeTrailingDelimiter"),
        start: call.query("startOffset").unwrap_or_default(),
        end: call.query("endOffset"),
        after: call.query("pageToken").map(token).transpose()?,
        max: usize::try_from(
            call.query_u64("maxResults")?
                .unwrap_or(MAX_RESULTS)
                .clamp(1, MAX_RESULTS),
        )
        .expect("at most 1000"),
    };
    let page = query.page(names.into_iter());
    let mut body = json!({ "kind": "storage#objects" });
    if !page.items.is_empty() {
        let show = |at: &(&str, i64)| {
            view::object(cloud, call, (bucket, at.0), found[at], Projection::NoAcl)
        };
        body["items"] = page.items.iter().map(show).collect::<Vec<Value>>().into();
    }
    if !page.prefixes.is_empty() {
        body["prefixes"] = page.prefixes.into();
    }
    if let Some((name, generation)) = page.last {
        body["nextPageToken"] = token_after(name, generation).into();
    }
    Ok(ApiResponse::Json(body))
}

/// The generation in the token of a page that ends with a prefix.
pub(super) const PREFIX: i64 = -1;

/// The token of the page after an object, or after a prefix.
pub(super) fn token_after(name: &str, generation: i64) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{generation}/{name}"))
}

/// Parses a page token: the name and generation of the last object, or a
/// prefix.
pub(super) fn token(text: &str) -> Result<(String, i64), ApiError> {
    let read = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (generation, name) = text.split_once('/')?;
        Some((name.to_owned(), generation.parse().ok()?))
    };
    read().ok_or_else(|| ApiError::invalid(format!("Invalid page token: {text}")))
}

struct Query<'q> {
    prefix: &'q str,
    delimiter: Option<&'q str>,
    trailing: bool,
    start: &'q str,
    end: Option<&'q str>,
    after: Option<(String, i64)>,
    max: usize,
}

#[derive(Debug, Default)]
struct Page<'o> {
    items: Vec<(&'o str, i64)>,
    prefixes: Vec<&'o str>,
    /// The last entry, if more follow.
    last: Option<(&'o str, i64)>,
}

impl Query<'_> {
    /// One page of sorted names. A prefix counts as one entry, on the page on
    /// which it first occurs.
    fn page<'o>(&self, names: impl Iterator<Item = (&'o str, i64)>) -> Page<'o> {
        let mut page = Page::default();
        let mut last = None;
        for (name, generation) in names {
            if name < self.start || self.end.is_some_and(|end| name >= end) {
                continue;
            }
            let folder = self.folder(name);
            let seen = self.after.as_ref().is_some_and(|(after, at)| match *at {
                PREFIX => name < after.as_str() || name.starts_with(after.as_str()),
                at => (name, generation) <= (after.as_str(), at),
            });
            let itself = folder.is_none() || (self.trailing && folder == Some(name));
            let new_folder = folder.filter(|f| page.prefixes.last() != Some(f));
            if seen || (!itself && new_folder.is_none()) {
                continue;
            }
            if page.items.len() + page.prefixes.len() >= self.max {
                page.last = last;
                break;
            }
            if let Some(folder) = new_folder {
                page.prefixes.push(folder);
                last = Some((folder, PREFIX));
            }
            if itself {
                page.items.push((name, generation));
                if folder.is_none() {
                    last = Some((name, generation));
                }
            }
        }
        page
    }

    /// The prefix of the name up to the first delimiter after the requested
    /// prefix, if any.
    fn folder<'o>(&self, name: &'o str) -> Option<&'o str> {
        let delimiter = self.delimiter?;
        let at = name[self.prefix.len()..].find(delimiter)?;
        Some(&name[..self.prefix.len() + at + delimiter.len()])
    }
}
