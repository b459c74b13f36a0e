//! Where each API is reached.

use std::collections::BTreeMap;

/// The base URL of every API, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    all: Option<String>,
    each: BTreeMap<String, String>,
}

impl Endpoints {
    /// Google's own endpoints, `https://{api}.googleapis.com`.
    #[must_use]
    pub fn google() -> Self {
        Self {
            all: None,
            each: BTreeMap::new(),
        }
    }

    /// One URL that serves every API, as the simulator does.
    #[must_use]
    pub fn local(url: &str) -> Self {
        Self {
            all: Some(url.trim_end_matches('/').to_owned()),
            each: BTreeMap::new(),
        }
    }

    /// These endpoints with `api` (`firestore`) at `url` instead.
    #[must_use]
    pub fn with(mut self, api: &str, url: &str) -> Self {
        self.each
            .insert(api.to_owned(), url.trim_end_matches('/').to_owned());
        self
    }

    /// Whether these are Google's own, all of them.
    #[must_use]
    pub fn is_google(&self) -> bool {
        self.all.is_none() && self.each.is_empty()
    }

    /// The base URL for a method's id or an API's name.
    #[must_use]
    pub fn base(&self, method: &str) -> String {
        let api = method.split('.').next().unwrap_or(method);
        if let Some(url) = self.each.get(api) {
            return url.clone();
        }
        match &self.all {
            Some(url) => url.clone(),
            None => format!("https://{api}.googleapis.com"),
        }
    }
}
