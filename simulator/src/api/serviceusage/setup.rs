//! Declarations of disabled APIs and of refusals.

use super::{declared::DeclaredRefusal, enablement::Enablement, store::ApiDelays};
use crate::Cloud;
use names::Duration;

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
    /// Service Usage, Resource Manager, Organization Policy, IAM, Billing.
    pub fn without_apis(&mut self, project: &str) {
        self.without_api(project, "*");
    }

    /// Sets how long the operation that enables APIs takes, and how long after it
    /// they refuse calls. Initially 10 s and 45 s, as at Google.
    pub fn set_api_delays(&mut self, operation: Duration, propagation: Duration) {
        self.serviceusage.delays = ApiDelays {
            operation,
            propagation,
        };
    }

    /// Declares that every method whose ID begins with `method` is refused, until
    /// [`Cloud::allow_calls`].
    pub fn refuse_calls(&mut self, method: &str, refusal: DeclaredRefusal) {
        let refusals = &mut self.serviceusage.refusals;
        refusals.insert(method.to_owned(), refusal);
    }

    /// Ends every refusal that was declared.
    pub fn allow_calls(&mut self) {
        self.serviceusage.refusals.clear();
    }
}
