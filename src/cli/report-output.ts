/** Forms that the findings are printed in. */
export const REPORT_OUTPUTS = ['text', 'json', 'markdown', 'html'] as const;
export type ReportOutput = (typeof REPORT_OUTPUTS)[number];
