//! The state of Service Usage.

use super::enablement::Enablement;
use crate::table::{Journaled, Table};

/// The state of Service Usage.
#[derive(Debug, Clone)]
pub(crate) struct ServiceUsage {
    /// By `project/service`, if ever changed; `project/*` stands for all other
    /// APIs of a project.
    pub(super) services: Table<Enablement>,
}

impl ServiceUsage {
    pub(crate) fn new() -> Self {
        Self {
            services: Table::new("serviceusage.services"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.services]
    }
}
