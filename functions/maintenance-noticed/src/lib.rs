//! maintenance-noticed
