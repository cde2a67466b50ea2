/** `created_at` and `updated_at` of what is part of the platform and never changes: regions, stacks, features. */
export const CATALOGUE_DATE = '2024-01-01T00:00:00Z';
