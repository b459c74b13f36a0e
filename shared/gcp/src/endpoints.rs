//! The base URLs of the APIs.

use std::collections::BTreeMap;

/// The base URL of every API, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    default: Option<String>,
    overrides: BTreeMap<String, String>,
}

impl Endpoints {
    /// Google's own endpoints, `https://{api}.googleapis.com`.
    #[must_use]
    pub fn google() -> Self {
        Self {
            default: None,
            overrides: BTreeMap::new(),
        }
    }

    /// One URL that serves every API, as the simulator does.
    #[must_use]
    pub fn local(url: &str) -> Self {
        Self {
            default: Some(url.trim_end_matches('/').to_owned()),
            overrides: BTreeMap::new(),
        }
    }

    /// These endpoints with `api` (`firestore`) at `url` instead.
    #[must_use]
    pub fn with(mut self, api: &str, url: &str) -> Self {
        self.overrides
            .insert(api.to_owned(), url.trim_end_matches('/').to_owned());
        self
    }

    /// Whether all of these are Google's own endpoints.
    #[must_use]
    pub fn is_google(&self) -> bool {
        self.default.is_none() && self.overrides.is_empty()
    }

    /// The base URL of the API that a method ID begins with.
    #[must_use]
    pub fn base(&self, method: &str) -> String {
        let api = method.split('.').next().unwrap_or(method);
        if let Some(url) = self.overrides.get(api) {
            return url.clone();
        }
        match &self.default {
            Some(url) => url.clone(),
            None => format!("https://{api}.googleapis.com"),
        }
    }
}
