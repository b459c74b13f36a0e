//! The APIs that can be enabled and disabled.

/// Name and title, sorted by name.
pub(super) const APIS: &[(&str, &str)] = &[
    ("artifactregistry.googleapis.com", "Artifact Registry API"),
    ("cloudapis.googleapis.com", "Google Cloud APIs"),
    ("cloudbilling.googleapis.com", "Cloud Billing API"),
    ("cloudbuild.googleapis.com", "Cloud Build API"),
    (
        "cloudkms.googleapis.com",
        "Cloud Key Management Service (KMS) API",
    ),
    (
        "cloudresourcemanager.googleapis.com",
        "Cloud Resource Manager API",
    ),
    ("cloudscheduler.googleapis.com", "Cloud Scheduler API"),
    ("compute.googleapis.com", "Compute Engine API"),
    ("container.googleapis.com", "Kubernetes Engine API"),
    ("eventarc.googleapis.com", "Eventarc API"),
    ("firestore.googleapis.com", "Cloud Firestore API"),
    (
        "iam.googleapis.com",
        "Identity and Access Management (IAM) API",
    ),
    (
        "iamcredentials.googleapis.com",
        "IAM Service Account Credentials API",
    ),
    ("logging.googleapis.com", "Cloud Logging API"),
    ("monitoring.googleapis.com", "Cloud Monitoring API"),
    ("orgpolicy.googleapis.com", "Organization Policy API"),
    ("pubsub.googleapis.com", "Cloud Pub/Sub API"),
    ("run.googleapis.com", "Cloud Run Admin API"),
    ("secretmanager.googleapis.com", "Secret Manager API"),
    ("serviceusage.googleapis.com", "Service Usage API"),
    ("storage.googleapis.com", "Cloud Storage API"),
    ("sts.googleapis.com", "Security Token Service API"),
];

/// APIs that `without_apis` leaves enabled.
pub(super) const CLIENT_BASED: &[&str] = &[
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "serviceusage.googleapis.com",
    "sts.googleapis.com",
];

/// APIs that count a service account's calls against its own project, too.
pub(super) fn counts_at_home(service: &str) -> bool {
    // A publish counts against the project of the credentials (unverified).
    CLIENT_BASED.contains(&service) || service == "pubsub.googleapis.com"
}

/// APIs that require billing. Which they are is unverified.
pub(super) const BILLED: &[&str] = &[
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
];

pub(super) fn title(api: &str) -> Option<&'static str> {
    let mut check_services = APIS.iter();
    check_services
        .find(|(name, _)| *name == api)
        .map(|(_, title)| *title)
}
