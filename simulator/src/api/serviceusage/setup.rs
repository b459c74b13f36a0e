//! Declares which APIs of a project are off.

use super::service::Service;
use crate::Cloud;

impl Cloud {
    /// Declares that an API (`cloudkms.googleapis.com`) of a project is off.
    pub fn without_api(&mut self, project: &str, api: &str) {
        let key = format!("{project}/{api}");
        self.serviceusage.services.insert(key, Service::never());
    }

    /// Declares that a project's APIs are off, as in a new one; but not those
    /// that answer for the caller's own project rather than the one they are
    /// called on: Service Usage, Resource Manager, IAM, billing.
    pub fn without_apis(&mut self, project: &str) {
        self.without_api(project, "*");
    }
}
