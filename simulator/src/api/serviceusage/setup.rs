//! Declarations of disabled APIs.

use super::enablement::Enablement;
use crate::Cloud;

impl Cloud {
    /// Declares that an API (`cloudkms.googleapis.com`) of a project is
    /// disabled.
    pub fn without_api(&mut self, project: &str, api: &str) {
        let key = format!("{project}/{api}");
        self.serviceusage
            .services
            .insert(key, Enablement::never_enabled());
    }

    /// Declares that the APIs of a project are disabled, as in a new one;
    /// except for those that are called on behalf of the caller's own project:
    /// Service Usage, Resource Manager, IAM, Billing.
    pub fn without_apis(&mut self, project: &str) {
        self.without_api(project, "*");
    }
}
