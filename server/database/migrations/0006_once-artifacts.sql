ALTER TABLE `operation_artifacts` ADD `once` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `operation_artifacts` ADD `taken_at` integer;