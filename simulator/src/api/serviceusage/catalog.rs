//! The APIs that can be enabled and disabled.

/// Name and title, sorted by name. Those that are not simulated can be enabled,
/// too.
pub(super) const APIS: &[(&str, &str)] = &[
    ("aiplatform.googleapis.com", "Vertex AI API"),
    ("analyticshub.googleapis.com", "Analytics Hub API"),
    ("apigateway.googleapis.com", "API Gateway API"),
    ("appengine.googleapis.com", "App Engine Admin API"),
    ("artifactregistry.googleapis.com", "Artifact Registry API"),
    ("bigquery.googleapis.com", "BigQuery API"),
    ("bigquerystorage.googleapis.com", "BigQuery Storage API"),
    ("billingbudgets.googleapis.com", "Cloud Billing Budget API"),
    (
        "certificatemanager.googleapis.com",
        "Certificate Manager API",
    ),
    ("cloudapis.googleapis.com", "Google Cloud APIs"),
    ("cloudasset.googleapis.com", "Cloud Asset API"),
    ("cloudbilling.googleapis.com", "Cloud Billing API"),
    ("cloudbuild.googleapis.com", "Cloud Build API"),
    ("clouddeploy.googleapis.com", "Cloud Deploy API"),
    ("clouderrorreporting.googleapis.com", "Error Reporting API"),
    ("cloudfunctions.googleapis.com", "Cloud Functions API"),
    ("cloudidentity.googleapis.com", "Cloud Identity API"),
    (
        "cloudkms.googleapis.com",
        "Cloud Key Management Service (KMS) API",
    ),
    ("cloudprofiler.googleapis.com", "Cloud Profiler API"),
    (
        "cloudresourcemanager.googleapis.com",
        "Cloud Resource Manager API",
    ),
    ("cloudscheduler.googleapis.com", "Cloud Scheduler API"),
    ("cloudtasks.googleapis.com", "Cloud Tasks API"),
    ("cloudtrace.googleapis.com", "Cloud Trace API"),
    ("composer.googleapis.com", "Cloud Composer API"),
    ("compute.googleapis.com", "Compute Engine API"),
    ("container.googleapis.com", "Kubernetes Engine API"),
    ("containeranalysis.googleapis.com", "Container Analysis API"),
    ("containerscanning.googleapis.com", "Container Scanning API"),
    ("dataflow.googleapis.com", "Dataflow API"),
    ("dataproc.googleapis.com", "Cloud Dataproc API"),
    ("datastore.googleapis.com", "Cloud Datastore API"),
    ("dns.googleapis.com", "Cloud DNS API"),
    ("essentialcontacts.googleapis.com", "Essential Contacts API"),
    ("eventarc.googleapis.com", "Eventarc API"),
    ("file.googleapis.com", "Cloud Filestore API"),
    ("firebase.googleapis.com", "Firebase Management API"),
    ("firestore.googleapis.com", "Cloud Firestore API"),
    ("gkehub.googleapis.com", "GKE Hub API"),
    (
        "iam.googleapis.com",
        "Identity and Access Management (IAM) API",
    ),
    (
        "iamcredentials.googleapis.com",
        "IAM Service Account Credentials API",
    ),
    ("iap.googleapis.com", "Cloud Identity-Aware Proxy API"),
    ("identitytoolkit.googleapis.com", "Identity Toolkit API"),
    ("logging.googleapis.com", "Cloud Logging API"),
    ("monitoring.googleapis.com", "Cloud Monitoring API"),
    ("networkmanagement.googleapis.com", "Network Management API"),
    ("networksecurity.googleapis.com", "Network Security API"),
    ("networkservices.googleapis.com", "Network Services API"),
    ("notebooks.googleapis.com", "Notebooks API"),
    ("orgpolicy.googleapis.com", "Organization Policy API"),
    ("oslogin.googleapis.com", "Cloud OS Login API"),
    ("privateca.googleapis.com", "Certificate Authority API"),
    ("pubsub.googleapis.com", "Cloud Pub/Sub API"),
    ("recommender.googleapis.com", "Recommender API"),
    (
        "redis.googleapis.com",
        "Google Cloud Memorystore for Redis API",
    ),
    ("run.googleapis.com", "Cloud Run Admin API"),
    (
        "runtimeconfig.googleapis.com",
        "Cloud Runtime Configuration API",
    ),
    ("secretmanager.googleapis.com", "Secret Manager API"),
    (
        "securitycenter.googleapis.com",
        "Security Command Center API",
    ),
    ("servicecontrol.googleapis.com", "Service Control API"),
    ("servicedirectory.googleapis.com", "Service Directory API"),
    ("servicemanagement.googleapis.com", "Service Management API"),
    ("servicenetworking.googleapis.com", "Service Networking API"),
    ("serviceusage.googleapis.com", "Service Usage API"),
    ("sourcerepo.googleapis.com", "Cloud Source Repositories API"),
    ("spanner.googleapis.com", "Cloud Spanner API"),
    ("sqladmin.googleapis.com", "Cloud SQL Admin API"),
    ("storage.googleapis.com", "Cloud Storage API"),
    ("storagetransfer.googleapis.com", "Storage Transfer API"),
    ("sts.googleapis.com", "Security Token Service API"),
    ("tpu.googleapis.com", "Cloud TPU API"),
    ("translate.googleapis.com", "Cloud Translation API"),
    ("vision.googleapis.com", "Cloud Vision API"),
    ("vpcaccess.googleapis.com", "Serverless VPC Access API"),
    ("workflows.googleapis.com", "Workflows API"),
    ("workstations.googleapis.com", "Cloud Workstations API"),
];

/// APIs that `without_apis` leaves enabled.
pub(super) const CLIENT_BASED: &[&str] = &[
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "orgpolicy.googleapis.com",
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
