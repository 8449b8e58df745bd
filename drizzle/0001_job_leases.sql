DROP INDEX "jobs_held";--> statement-breakpoint
CREATE INDEX "jobs_leased" ON "jobs" USING btree ("lease_until") WHERE "jobs"."state" = 'running' and "jobs"."lease_until" is not null;--> statement-breakpoint
CREATE INDEX "jobs_sent" ON "jobs" USING btree ("published_at") WHERE "jobs"."state" = 'published';