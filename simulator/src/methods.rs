//! Which parts of Google's discovery documents are used here, for the excerpts
//! in `simulator/data/discovery`.

use crate::api::{
    kinds::KINDS,
    routes::{TABLES, routes},
};

/// The name of the discovery document (`cloudkms.v1`) that a method is in, by
/// the method's ID and path: the same ID can be in several versions of an API.
///
/// # Panics
/// If no segment of the path is a version.
#[must_use]
pub fn document(id: &str, path: &str) -> String {
    let is_version = |segment: &&str| {
        let digits = segment.strip_prefix('v');
        digits.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let api = id.split('.').next().unwrap_or_default();
    let version = path.split('/').find(is_version);
    format!(
        "{api}.{}",
        version.expect("the path of a method has a version")
    )
}

/// The methods that are simulated by functions of their own: the name of the
/// discovery document, and the ID.
pub fn methods() -> impl Iterator<Item = (String, &'static str)> {
    let routes = TABLES.iter().copied().flatten();
    // Google's keys for ID tokens are in no discovery document.
    let routes = routes.filter(|route| !route.id.is_empty());
    routes.map(|route| (document(route.id, route.path), route.id))
}

/// All methods that are simulated, as [`methods`].
pub fn simulated_methods() -> impl Iterator<Item = (String, &'static str)> {
    let routes = routes().filter(|route| !route.id.is_empty());
    routes.map(|route| (document(route.id, route.path), route.id))
}

/// Collections whose methods are all in the excerpts, simulated or not: those of
/// the kinds of resources, and a few others. The name of the discovery document,
/// and the resource in it.
pub fn collections() -> impl Iterator<Item = (&'static str, &'static str)> {
    let others = [
        ("artifactregistry.v1", "projects.locations"),
        ("artifactregistry.v1", "projects.locations.operations"),
        ("cloudresourcemanager.v1", "projects"),
        ("cloudresourcemanager.v2", "folders"),
        ("cloudresourcemanager.v3", "folders"),
        ("cloudresourcemanager.v3", "operations"),
        ("cloudresourcemanager.v3", "projects"),
        ("cloudscheduler.v1", "projects.locations"),
        ("cloudscheduler.v1", "projects.locations.jobs"),
        ("logging.v2", "projects.sinks"),
        ("logging.v2", "sinks"),
        ("run.v1", "namespaces.revisions"),
        ("run.v1", "namespaces.services"),
        ("run.v1", "projects.locations.services"),
        ("run.v2", "projects.locations.operations"),
        ("run.v2", "projects.locations.services"),
        ("run.v2", "projects.locations.services.revisions"),
        ("serviceusage.v1beta1", "services"),
    ];
    let kinds = KINDS.iter().map(|kind| kind.declared_in());
    kinds.chain(others)
}

/// What is kept of a discovery document (`cloudkms.v1`).
#[cfg(test)]
pub(crate) fn excerpt(document: &str) -> serde_json::Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/discovery");
    let path = format!("{folder}/{document}.json");
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_slice(&text).expect("JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::matches;
    use http::Method;

    #[test]
    fn the_version_is_in_the_path() {
        let id = "cloudresourcemanager.projects.get";
        assert_eq!(document(id, "/v3/{+name}"), "cloudresourcemanager.v3");
        let upload = "/resumable/upload/storage/v1/b/{bucket}/o";
        assert_eq!(document("storage.objects.insert", upload), "storage.v1");
    }

    /// Every route's ID exists, with this HTTP method, and its path is one that
    /// the documented template matches.
    #[test]
    fn every_route_is_in_discovery() {
        for route in routes().filter(|route| !route.id.is_empty()) {
            assert!(route.id.starts_with(&format!("{}.", route.api)));
            let excerpt = excerpt(&document(route.id, route.path));
            let method = &excerpt["methods"][route.id];
            let path = method["path"].as_str().expect(route.id);
            let upload = &method["mediaUpload"]["protocols"];
            let known = [
                Some(path.to_owned()),
                (method["useMediaDownloadService"] == true).then(|| format!("/download{path}")),
                upload["simple"]["path"].as_str().map(str::to_owned),
                upload["resumable"]["path"].as_str().map(str::to_owned),
            ];
            // An example of our template, which the documented one must match.
            let ours: String = route
                .path
                .split('/')
                .map(|part| match part.split_once(['{', '}']) {
                    Some((_, rest)) => {
                        let verb = rest.split_once('}').map_or("", |(_, verb)| verb);
                        format!("/x{verb}")
                    }
                    None => format!("/{part}"),
                })
                .collect();
            let fits = |known: String| matches(known.leak(), &ours[1..]).is_some();
            let found = known.into_iter().flatten().any(fits);
            assert!(found, "{} at {}", route.id, route.path);
            let resumes = route.http_method == Method::PUT && route.path.contains("/upload/");
            let verb = method["httpMethod"] == route.http_method.as_str();
            assert!(resumes || verb, "{}", route.id);
        }
    }
}
