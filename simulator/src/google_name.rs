//! Google's host names, under which the proxy serves the APIs.

/// What Google serves and the local cloud answers for. A request to any other
/// name is refused, so that nothing reaches the network.
const SUFFIXES: [&str; 3] = [".googleapis.com", ".run.app", ".pkg.dev"];
const NAMES: [&str; 3] = ["accounts.google.com", "gcr.io", "metadata.google.internal"];

/// Names under which Google serves several APIs.
const SHARED: [&str; 2] = ["www", "content"];

/// Whether a request to `name` is for the local cloud.
pub(crate) fn is_googles(name: &str) -> bool {
    NAMES.contains(&name) || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// The API (its name in discovery) that Google serves at `origin`, such as
/// `https://us-central1-run.googleapis.com`. `None` where several are served: at
/// `www.googleapis.com`, and at the local cloud's own port.
pub(crate) fn api_at(origin: &str) -> Option<&str> {
    let name = origin.strip_prefix("https://")?;
    if !is_googles(name) {
        return None;
    }
    if bucket_at(origin).is_some() {
        return Some("storage");
    }
    if name == "accounts.google.com" {
        return Some("oauth2");
    }
    // Regional names are `{region}-{api}.googleapis.com` and
    // `{api}.{region}.rep.googleapis.com`.
    let label = name.split('.').next().unwrap_or_default();
    let api = label.rsplit('-').next().unwrap_or_default();
    (!SHARED.contains(&api)).then_some(api)
}

/// The bucket whose objects Google serves at `origin`, such as
/// `https://my-bucket.storage.googleapis.com`.
pub(crate) fn bucket_at(origin: &str) -> Option<&str> {
    let name = origin.strip_prefix("https://")?;
    name.strip_suffix(".storage.googleapis.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_api() {
        for (origin, api) in [
            ("https://compute.googleapis.com", Some("compute")),
            ("https://us-central1-run.googleapis.com", Some("run")),
            (
                "https://cloudkms.europe-west1.rep.googleapis.com",
                Some("cloudkms"),
            ),
            ("https://my-bucket.storage.googleapis.com", Some("storage")),
            ("https://accounts.google.com", Some("oauth2")),
            ("https://www.googleapis.com", None),
            ("http://127.0.0.1:8085", None),
        ] {
            assert_eq!(api_at(origin), api, "{origin}");
        }
    }

    #[test]
    fn names_that_merely_look_like_googles_are_not() {
        for name in [
            "googleapis.com.example.com",
            "evilgoogleapis.com",
            "example.com",
            "",
        ] {
            assert!(!is_googles(name), "{name}");
        }
    }
}
