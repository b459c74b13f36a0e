//! The state of Service Usage.

use super::{declared::DeclaredRefusal, enablement::Enablement};
use crate::table::{Journaled, Table};
use std::collections::BTreeMap;

/// The state of Service Usage.
#[derive(Debug, Clone)]
pub(crate) struct ServiceUsage {
    /// By `project/service`, if ever changed; `project/*` stands for all other
    /// APIs of a project.
    pub(super) services: Table<Enablement>,
    /// By the beginning of the methods' IDs; not kept by the journal.
    pub(super) refusals: BTreeMap<String, DeclaredRefusal>,
}

impl ServiceUsage {
    pub(crate) fn new() -> Self {
        Self {
            services: Table::new("serviceusage.services"),
            refusals: BTreeMap::new(),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.services]
    }
}
