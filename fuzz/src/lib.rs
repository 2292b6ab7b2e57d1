//! Fuzz properties as plain functions.
