//! What the server that keeps contents in files asks of the state.

use crate::{Cloud, content::Receiving};
use std::collections::BTreeSet;

impl Cloud {
    /// Names of the files that contents are in; all others can go.
    pub(crate) fn content_files(&self) -> BTreeSet<String> {
        self.storage.files().map(str::to_owned).collect()
    }

    /// What a resumable upload has received so far; nothing if there is none.
    pub(crate) fn received_so_far(&self, upload_id: &str) -> Receiving {
        let session = self.storage.sessions.get(upload_id);
        session
            .map(|session| session.content.clone())
            .unwrap_or_default()
    }
}
